"""`tracer.open` and the events it gives, as a program meets them."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import pytest

import tracer
from tracer.core.driver import Plan, Statistics

OPENED = "evt.type=openat and evt.dir=<"


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


def test_events_stay_as_they_are_when_the_stream_has_moved_on(tiny: Path) -> None:
    with tracer.open(tiny, filter=OPENED) as stream:
        events = list(stream)
    first = events[0]
    assert (first.number, first.name, first.tid, first.is_enter) == (151, "openat", 791, False)
    assert first.params["name"] == "/etc/ld.so.cache"
    assert first.thread is not None and first.descriptor is not None
    assert (first.thread.name, first.thread.pid, first.thread.args) == ("dmesg", 791, ["-C"])
    assert (first.descriptor.fd, first.descriptor.type, first.descriptor.name) == (3, "file", "/etc/ld.so.cache")
    assert len(events) == 186


def test_a_field_of_an_event_that_the_stream_has_left_is_refused(tiny: Path) -> None:
    with tracer.open(tiny, filter=OPENED) as stream:
        first = next(stream)
        assert first["fd.name"] == "/etc/ld.so.cache"
        next(stream)
        with pytest.raises(ValueError, match="latest event"):
            first["fd.name"]


@pytest.mark.parametrize("field", ["fd.nam", "evt.arg", "evt.arg[nosuch]", ""])
def test_what_is_no_field_is_a_key_error(tiny: Path, field: str) -> None:
    with tracer.open(tiny) as stream, pytest.raises(KeyError):
        next(stream)[field]


def test_a_closed_stream_ends(tiny: Path) -> None:
    stream = tracer.open(tiny)
    next(stream)
    stream.close()
    stream.close()
    assert stream.ended
    assert list(stream) == []
    assert stream.poll(0) is None
    assert "closed" in repr(stream)


def test_threads_are_known_before_the_first_event(tiny: Path) -> None:
    with tracer.open(tiny) as stream:
        assert (776, "bash") in {(thread.tid, thread.name) for thread in stream.threads()}


def test_two_streams_do_not_disturb_each_other(captures: Path) -> None:
    with tracer.open(captures / "07-tiny.scap") as one, tracer.open(captures / "08-filter-cat.scap") as other:
        for left, right in zip(one, other, strict=False):
            assert left["evt.num"] == left.number
            assert right["evt.num"] == right.number


def test_errors_of_opening_are_those_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        tracer.open(tmp_path / "nosuch.scap")
    assert missing.value.filename == str(tmp_path / "nosuch.scap")
    with pytest.raises(IsADirectoryError):
        tracer.open(tmp_path)


def test_what_is_no_capture_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not a capture\n")
    with pytest.raises(tracer.FormatError, match="byte 0"):
        tracer.open(tmp_path / "note.txt")


def test_damage_is_told_once_after_all_events_before_it(tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(tiny.read_bytes()[:200_001])
    with tracer.open(tiny) as stream:
        whole = [event.number for event in stream]
    events = []
    with tracer.open(cut) as stream:
        with pytest.raises(tracer.FormatError, match="byte 200000"):
            for event in stream:
                events.append(event.number)
        assert stream.ended
        assert list(stream) == []
    assert 1000 < len(events) < len(whole)
    assert events == whole[: len(events)]


def test_an_error_in_a_filter_has_its_position(tiny: Path) -> None:
    with pytest.raises(tracer.FilterError) as wrong:
        tracer.open(tiny, filter="fd.num=1 and proc.nam=cat")
    assert wrong.value.position == len("fd.num=1 and ")


def test_an_unknown_driver_is_a_driver_error() -> None:
    with pytest.raises(tracer.DriverError, match="nosuch"):
        tracer.live(driver="nosuch")


class WaitingSource:
    """Gives nothing, until it may end."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may_end = threading.Event()

    def tables(self) -> bytes:
        return b""

    def read(self, timeout_s: float) -> bytes | None:
        self.asked.set()
        return None if self.may_end.wait(timeout_s) else b""

    def replan(self, plan: Plan) -> None: ...

    def statistics(self) -> Statistics:
        return Statistics()

    def close(self) -> None: ...


def test_a_second_thread_is_told_that_the_stream_is_in_use() -> None:
    source = WaitingSource()
    stream = tracer.play(source)
    waiting = threading.Thread(target=list, args=[stream])
    waiting.start()
    try:
        assert source.asked.wait(10)
        with pytest.raises(RuntimeError, match="another thread"):
            for _ in range(1000):
                stream.poll(0)
    finally:
        source.may_end.set()
        waiting.join()


@pytest.mark.parametrize("kind", [tracer.Event, tracer.Thread, tracer.Descriptor])
def test_type_checkers_know_every_attribute(kind: type) -> None:
    stub = ast.parse((Path(__file__).parents[2] / "core" / "_engine.pyi").read_text())
    body = next(node.body for node in stub.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    declared = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    declared |= {
        node.target.id for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert {name for name in vars(kind) if not name.startswith("_")} == {n for n in declared if not n.startswith("_")}
