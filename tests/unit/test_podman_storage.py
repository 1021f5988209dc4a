"""Names and images of podman's containers, from the files that it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracer.core.plugin import ContainerReference
from tracer.plugins.containers.podman_storage import PodmanStorageEngine

ID = "0123456789abcdef" * 4
REFERENCE = ContainerReference(ID[:12], ID, "podman", False, f"/machine.slice/libpod-{ID}.scope", 1)
# As podman 4.3.1 wrote it.
ENTRY = {
    "id": ID,
    "names": ["probe4"],
    "image": "17857b6f31a5",
    "metadata": json.dumps(
        {"image-name": "localhost/probe:1", "image-id": "17857b6f31a5", "name": "probe4", "created-at": 1795392359}
    ),
    "created": "2026-11-23T00:05:59.774075013Z",
    "flags": {"MountLabel": "", "ProcessLabel": "", "Volatile": True},
}


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRACER_PODMAN_STORAGE", str(tmp_path))
    (tmp_path / "overlay-containers").mkdir()
    return tmp_path / "overlay-containers"


@pytest.mark.parametrize("name", ["containers.json", "volatile-containers.json"])
def test_name_and_image_are_in_the_list(storage: Path, name: str) -> None:
    (storage / name).write_text(json.dumps([{"id": "other"}, ENTRY]))
    answer = PodmanStorageEngine().look_up(REFERENCE)
    assert answer is not None
    keys = ("name", "image", "imageid", "imagerepo", "imagetag", "created_time", "labels", "is_partial")
    expected = ["probe4", "localhost/probe:1", "17857b6f31a5", "localhost/probe", "1", 1795392359, None, True]
    assert [answer[key] for key in keys] == expected


@pytest.mark.parametrize("content", ["", "[", "{}", "[1]", '[{"id": 5}]'])
def test_a_list_that_tells_nothing_of_it(storage: Path, content: str) -> None:
    (storage / "containers.json").write_text(content)
    assert PodmanStorageEngine().look_up(REFERENCE) is None
