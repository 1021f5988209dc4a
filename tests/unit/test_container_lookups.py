"""Engines are asked for the containers that a stream finds, without holding it up."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import tracer
from tests.container_capture import ID, SHORT, write
from tracer.core._engine import CaptureSource, CaptureWriter, Session
from tracer.core.containers import ContainerLookups, container_record
from tracer.core.plugin import ContainerReference, LookUpLater

POD_PATH = f"/kubepods.slice/kubepods-pod1d5f.slice/cri-containerd-{ID}.scope"


class Engine:
    """Answers with what a function says."""

    name = "scripted"
    summary = "what the test says"

    def __init__(self, answer: Callable[[ContainerReference], Mapping[str, object] | None]) -> None:
        self._answer = answer
        self.asked: list[ContainerReference] = []

    def look_up(self, container: ContainerReference) -> Mapping[str, object] | None:
        self.asked.append(container)
        return self._answer(container)


def started(capture: Path) -> Session:
    session = Session(CaptureSource(str(capture)))
    session.start()
    return session


def named(session: Session) -> list[object]:
    """The names of the containers of all events that are left."""
    names = []
    while (event := session.next(1000)) is not None:
        if event.name != "container":
            names.append(event["container.name"])
    return names


def test_containers_that_run_already_are_known_before_the_first_event(tmp_path: Path) -> None:
    session = started(write(tmp_path / "one.scap", paths=(POD_PATH, "/")))
    engine = Engine(lambda container: {"name": "shop"})
    lookups = ContainerLookups(session, lambda: [engine])
    lookups.start(wait_s=60)
    assert engine.asked == [ContainerReference(SHORT, ID, "containerd", False, POD_PATH, 100)]
    assert named(session) == ["shop", "host"]
    lookups.close()


def test_an_engine_that_takes_long_holds_nothing_up(tmp_path: Path) -> None:
    session = started(write(tmp_path / "one.scap", paths=(POD_PATH,)))
    answered = threading.Event()
    lookups = ContainerLookups(session, lambda: [Engine(lambda container: {"late": answered.wait(60)})])
    lookups.start(wait_s=0)
    assert named(session) == [None]
    answered.set()
    lookups.close()


def test_an_engine_may_ask_to_be_asked_again(tmp_path: Path) -> None:
    session = started(write(tmp_path / "one.scap", paths=(POD_PATH,)))

    def answer(container: ContainerReference) -> Mapping[str, object]:
        if len(engine.asked) < 3:
            raise LookUpLater
        return {"name": "shop"}

    engine = Engine(answer)
    lookups = ContainerLookups(session, lambda: [engine])
    lookups.start(wait_s=60)
    deadline = time.monotonic() + 60
    while len(engine.asked) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    lookups.close()
    assert named(session) == ["shop"]


def test_the_first_engine_that_knows_a_container_answers(tmp_path: Path) -> None:
    session = started(write(tmp_path / "one.scap", paths=(POD_PATH,)))
    engines = [Engine(lambda _: None), Engine(lambda _: {"name": "shop"}), Engine(lambda _: {"name": "other"})]
    lookups = ContainerLookups(session, lambda: engines)
    lookups.start(wait_s=60)
    lookups.close()
    assert named(session) == ["shop"]
    assert [len(engine.asked) for engine in engines] == [1, 1, 0]


def test_what_one_engine_knows_only_in_part_others_may_complete(tmp_path: Path) -> None:
    capture = write(tmp_path / "one.scap", paths=(POD_PATH,))
    part, whole = {"is_partial": True, "name": "shop", "labels": None}, {"name": "shop", "labels": {"team": "blue"}}
    for more, expected in ((None, ("shop", None)), (whole, ("shop", "team:blue"))):
        session = started(capture)
        lookups = ContainerLookups(session, lambda more=more: [Engine(lambda _: part), Engine(lambda _: more)])
        lookups.start(wait_s=60)
        lookups.close()
        event = session.next()
        assert event is not None
        assert (event["container.name"], event["container.labels"]) == expected


def test_an_engine_that_breaks_is_left_out_and_the_user_told(tmp_path: Path) -> None:
    session = started(write(tmp_path / "two.scap", paths=(POD_PATH, "/lxc/web")))
    broken, other = Engine(lambda _: {}["name"]), Engine(lambda container: {"name": f"the {container.type} one"})
    told: list[str] = []
    lookups = ContainerLookups(session, lambda: [broken, other], told.append)
    lookups.start(wait_s=60)
    lookups.close()
    assert told == ["container engine scripted is left out: KeyError: 'name'"]
    assert len(broken.asked) == 1
    assert named(session) == ["the containerd one", "the lxc one"]


def test_what_is_looked_up_is_in_the_recording(tmp_path: Path) -> None:
    session = started(write(tmp_path / "one.scap", paths=(POD_PATH,)))
    engine = Engine(lambda _: {"name": "shop", "image": "app:1", "labels": {"team": "blue"}})
    lookups = ContainerLookups(session, lambda: [engine])
    lookups.start(wait_s=60)
    lookups.close()
    writer = CaptureWriter(str(tmp_path / "written.scap"), False, session)
    session.run(writer=writer)
    writer.close()
    with tracer.open(tmp_path / "written.scap") as events:
        event = next(events)
        fields = ("container.name", "container.image", "container.labels", "container.type", "container.full_id")
        assert [event[field] for field in fields] == ["shop", "app:1", "team:blue", "containerd", ID]


@pytest.mark.parametrize(
    ("kind", "number", "name"), [("docker", 0, None), ("podman", 11, None), ("my-engine", 5, "my-engine")]
)
def test_types_are_numbers_in_captures(kind: str, number: int, name: str | None) -> None:
    record = container_record({"id": SHORT, "type": kind})
    told = json.loads(record[30:].rstrip(b"\0"))["container"]
    assert (told["type"], told.get("type_name")) == (number, name)


def test_a_container_needs_an_id() -> None:
    with pytest.raises(ValueError, match="id"):
        container_record({"name": "shop"})
