"""What the engine makes of batches that come from Python."""

from __future__ import annotations

import os
import struct
from array import array
from pathlib import Path

import pytest

import tracer
from tracer.core.driver import Plan, Source, Statistics
from tracer.core.records import SECTION_START, ThreadEntry, encode_frame, encode_record, encode_tables


class Given:
    """A source that gives what it was given; an exception is raised in its turn."""

    def __init__(self, *batches: object, tables: object = b"") -> None:
        self.batches = list(batches)
        self.table_answers = tables if isinstance(tables, list) else [tables]
        self.timeouts: list[float] = []

    def tables(self):
        return self.table_answers.pop(0)

    def read(self, timeout_s: float):
        self.timeouts.append(timeout_s)
        batch = self.batches.pop(0) if self.batches else None
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def replan(self, plan: Plan) -> None:
        pass

    def statistics(self) -> Statistics:
        return Statistics(seen=5, emitted=3, dropped=2)

    def close(self) -> None:
        pass


def frame(fd: int, cpu: int = 0, **flags: bool) -> bytes:
    return encode_frame(encode_record("close", 1000 + fd, 100, {"res": 0, "fd": fd}), cpu, **flags)


def descriptors(source: Source) -> list[int]:
    with tracer.play(source) as events:
        return [event.params["fd"] for event in events]


def test_events_of_all_batches_come_in_order():
    assert descriptors(Given(frame(1) + frame(2), b"", frame(3))) == [1, 2, 3]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array("B", data)])
def test_a_batch_is_any_object_with_a_buffer(kind):
    assert descriptors(Given(kind(frame(1) + frame(2)))) == [1, 2]


def test_cpu_and_time_are_the_records():
    with tracer.play(Given(frame(7, cpu=3))) as events:
        event = next(events)
    assert (event.cpu, event.time, event.tid) == (3, 1007, 100)


def test_events_that_only_update_state_are_not_shown_but_numbered():
    with tracer.play(Given(frame(1, state_only=True) + frame(2))) as events:
        assert [(event.number, event.params["fd"]) for event in events] == [(2, 2)]


def test_an_event_type_from_the_future_is_passed_over():
    record = bytearray(frame(1))
    struct.pack_into("<H", record, 6 + 20, 60000)
    assert descriptors(Given(bytes(record) + frame(2))) == [2]


def test_an_error_of_the_driver_comes_through_as_it_is_after_the_events_before_it():
    error = KeyError("mine")
    with tracer.play(Given(frame(1), error)) as events:
        assert next(events).params["fd"] == 1
        with pytest.raises(KeyError) as caught:
            next(events)
    assert caught.value is error


def test_an_interrupt_in_the_driver_comes_through():
    with tracer.play(Given(KeyboardInterrupt())) as events, pytest.raises(KeyboardInterrupt):
        next(events)


def test_a_batch_that_is_no_buffer_is_a_type_error():
    with tracer.play(Given(3)) as events, pytest.raises(TypeError, match="bytes-like"):
        next(events)


@pytest.mark.parametrize("cut", range(1, len(frame(2))))
def test_a_batch_that_is_cut_is_an_error_that_names_the_place_after_the_events_before_it(cut):
    whole = frame(1)
    with tracer.play(Given(whole + frame(2)[:-cut])) as events:
        assert next(events).params["fd"] == 1
        with pytest.raises(tracer.FormatError, match=f"driver.* at byte {len(whole)}$"):
            next(events)


@pytest.mark.parametrize(("at", "width"), [(16, "<I"), (22, "<I"), (26, "<H"), (28, "<H")])
@pytest.mark.parametrize("lie", [0, 1, 25, 47, 0xFFFF, 0xFFFFFFFF])
def test_lengths_that_lie_are_errors_or_shorter_events_never_a_crash(at, width, lie):
    record = bytearray(frame(1))
    struct.pack_into(width, record, 6 + at, lie & (0xFFFF if width == "<H" else 0xFFFFFFFF))
    try:
        with tracer.play(Given(bytes(record))) as events:
            for event in events:
                assert event.name == "close"
                assert event["fd.num"] is None or isinstance(event["fd.num"], int)
    except tracer.FormatError as error:
        assert "driver" in str(error)


def test_tables_tell_who_the_threads_are():
    tables = encode_tables([ThreadEntry(100, 100, 1, "someone", "/bin/someone", args=("-x",))])
    with tracer.play(Given(frame(1), tables=tables)) as events:
        event = next(events)
        assert (event.thread.name, event.thread.args) == ("someone", ["-x"])


def test_without_tables_proc_tells():
    record = encode_record("close", 1000, os.getpid(), {"res": 0, "fd": 1})
    with tracer.play(Given(encode_frame(record), tables=None)) as events:
        assert next(events)["proc.exepath"] == str(Path("/proc/self/exe").readlink())


def test_tables_that_are_damaged_are_an_error():
    tables = encode_tables([ThreadEntry(100, 100, 1, "someone", "/bin/someone")])
    with pytest.raises(tracer.FormatError), tracer.play(Given(frame(1), tables=tables[:-9])) as events:
        next(events)


def test_a_new_section_forgets_the_old_threads():
    first = encode_tables([ThreadEntry(100, 100, 1, "first", "first"), ThreadEntry(200, 200, 1, "gone", "gone")])
    second = encode_tables([ThreadEntry(100, 100, 1, "second", "second")])
    marked = bytearray(frame(2))
    struct.pack_into("<I", marked, 2, SECTION_START)
    with tracer.play(Given(frame(1) + bytes(marked) + frame(3), tables=[first, second])) as events:
        seen = [(event.thread.name, event.params["fd"], event.number) for event in events]
        assert seen == [("first", 1, 1), ("second", 2, 2), ("second", 3, 3)]
        assert 200 not in {thread.tid for thread in events.threads()}


def test_reads_wait_no_longer_than_the_caller_does():
    source = Given(b"", b"", b"", frame(1))
    with tracer.play(source) as events:
        assert next(events).params["fd"] == 1
    assert all(0 <= timeout <= 1 for timeout in source.timeouts)


def test_statistics_are_the_drivers():
    with tracer.play(Given()) as events:
        counts = events.statistics
    assert (counts.seen, counts.emitted, counts.dropped) == (5, 3, 2)
