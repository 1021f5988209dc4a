"""Records that others than the source add to a stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tracer
from tests.container_capture import ID, SHORT, write
from tracer.core._engine import CaptureSource, CaptureWriter, Filter, Session
from tracer.core.filter import compile_filter
from tracer.core.records import encode_record

POD_PATH = f"/kubepods.slice/kubepods-pod1d5f.slice/cri-containerd-{ID}.scope"


def container_record(**container: object) -> bytes:
    return encode_record("CONTAINER_JSON_2_E", 0, -1, {"json": json.dumps({"container": container})})


def session_over(capture: Path, filter: Filter | None = None) -> Session:
    return Session(CaptureSource(str(capture)), filter)


def test_an_added_record_is_in_the_stream_before_the_next_one_and_at_its_time(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=(POD_PATH, POD_PATH)))
    first = session.next()
    assert first is not None
    assert first["container.name"] is None
    assert session.add_record(container_record(id=SHORT, name="shop"))
    added, second = session.next(), session.next()
    assert added is not None
    assert second is not None
    assert (added.name, added.tid, added.time) == ("container", -1, second.time)
    assert second["container.name"] == "shop"
    assert [event.number for event in (first, added, second)] == [1, 2, 3]


def test_what_is_added_before_the_first_event_belongs_to_the_tables(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=(POD_PATH,)))
    session.add_record(container_record(id=SHORT, name="shop"))
    event = session.next()
    assert event is not None
    assert (event.name, event["container.name"]) == ("close", "shop")


def test_what_is_added_at_the_end_still_comes(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=("/",)))
    session.next()
    session.add_record(container_record(id=SHORT, name="shop"))
    added = session.next()
    assert added is not None
    assert added.name == "container"
    assert session.next() is None
    assert session.ended


@pytest.mark.parametrize("record", [b"", b"x" * 25, b"\xff" * 40])
def test_what_is_no_record_is_refused(record: bytes, captures: Path) -> None:
    session = session_over(captures / "07-tiny.scap")
    with pytest.raises(ValueError, match="no event record"):
        session.add_record(record)


def test_containers_of_the_tables_and_of_events_are_there_for_a_watcher(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=(POD_PATH, "/lxc/web", "/")))
    session.start()
    watch = session.watch_containers()
    found = {watch.next(1000), watch.next(1000)}
    assert found == {
        (SHORT, ID, "containerd", False, POD_PATH, 100),
        ("web", "web", "lxc", True, "/lxc/web", 101),
    }
    assert watch.next(0) is None
    watch.close()
    assert watch.next(60_000) is None


def test_a_recording_tells_of_containers_whatever_the_filter_leaves_out(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=(POD_PATH, POD_PATH)), compile_filter("evt.type=close"))
    writer = CaptureWriter(str(tmp_path / "written.scap"), False, session)
    session.run(writer=writer, limit=1)
    session.add_record(container_record(id=SHORT, name="shop"))
    session.run(writer=writer)
    writer.close()
    with tracer.open(tmp_path / "written.scap") as events:
        assert [(event.name, event["container.name"]) for event in events] == [("close", None), ("close", "shop")]


def test_each_file_of_a_series_tells_of_the_containers_known_by_then(tmp_path: Path) -> None:
    session = session_over(write(tmp_path / "one.scap", paths=(POD_PATH, POD_PATH)))
    session.add_record(container_record(id=SHORT, name="shop"))
    writer = CaptureWriter(str(tmp_path / "part"), False, session, file_events=2)
    session.run(writer=writer)
    writer.close()
    for part in ("part0", "part1"):
        with tracer.open(tmp_path / part) as events:
            assert [(event.name, event["container.name"]) for event in events] == [("close", "shop")]
