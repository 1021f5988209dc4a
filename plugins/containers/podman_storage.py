"""What podman's storage tells of a container at once: its service answers only when the container has started."""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tracer.core.plugin import ContainerReference
from tracer.plugins.containers.images import split_image
from tracer.plugins.containers.json_values import number, text, texts
from tracer.plugins.containers.users import namespace_owner, owner_of

STORAGE_VARIABLE = "TRACER_PODMAN_STORAGE"
DEFAULT_STORAGE = "/var/lib/containers/storage"
DEFAULT_RUN_STORAGE = "/run/containers/storage"
CONFIGURATIONS = ("/etc/containers/storage.conf", "/usr/share/containers/storage.conf")
_ROOTS = re.compile(r'^\s*(?:graphroot|runroot)\s*=\s*"([^"]+)"', re.MULTILINE)


class PodmanStorageEngine:
    """The list of containers that podman keeps in files. Names and images, no labels."""

    name = "podman-storage"
    summary = (
        f"reads podman's list of containers in {DEFAULT_STORAGE}, in a user's own, or where {STORAGE_VARIABLE} says"
    )

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        """What the list has of the container; the rest is for podman's service to tell."""
        if container.type != "podman":
            return None
        for folder in _folders(owner_of(container.cgroup) or namespace_owner(container.pid)):
            for path in (*folder.glob("*-containers/containers.json"), *folder.glob("*-containers/volatile-*.json")):
                entry = _entry(path, container.full_id)
                if entry is not None:
                    return _described(entry)
        return None


def _folders(uid: int) -> Iterator[Path]:
    if STORAGE_VARIABLE in os.environ:
        yield Path(os.environ[STORAGE_VARIABLE])
    elif uid:
        try:
            yield Path(pwd.getpwuid(uid).pw_dir, ".local/share/containers/storage")
        except KeyError:
            return
        yield Path(f"/run/user/{uid}/containers")
    else:
        yield from map(Path, dict.fromkeys((DEFAULT_STORAGE, DEFAULT_RUN_STORAGE, *_configured())))


def _configured() -> list[str]:
    for path in CONFIGURATIONS:
        try:
            return _ROOTS.findall(Path(path).read_text())
        except (OSError, ValueError):
            continue
    return []


def _entry(path: Path, container_id: str) -> Mapping[str, Any] | None:
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError):  # it may be there no longer, or be written just now
        return None
    if not isinstance(entries, list):
        return None
    return next((entry for entry in entries if isinstance(entry, dict) and entry.get("id") == container_id), None)


def _described(entry: Mapping[str, Any]) -> dict[str, object]:
    try:
        metadata = json.loads(text(entry, "metadata") or "{}")
    except ValueError:
        metadata = {}
    image = split_image(text(metadata, "image-name"))
    return {
        "is_partial": True,
        "type": "podman",
        "name": text(metadata, "name") or next(iter(texts(entry, "names")), ""),
        "image": text(metadata, "image-name"),
        "imageid": text(metadata, "image-id"),
        "imagerepo": image.repository,
        "imagetag": image.tag,
        "imagedigest": image.digest,
        "created_time": number(metadata, "created-at"),
        "labels": None,
    }
