"""Playing events: speed, rounds, cuts and faults, seen in the frames that a source hands over."""

from __future__ import annotations

import struct
import time
from fractions import Fraction

import pytest

from tracer.core.driver import Counts, Source
from tracer.core.records import (
    SECTION_START,
    encode_frame,
    encode_record,
    iterate_frames,
    record_code,
    record_time,
)
from tracer.drivers.fake.faults import is_drop
from tracer.drivers.fake.options import ReplayOptions
from tracer.drivers.fake.replay import Replay, Section
from tracer.drivers.fake.script import START_NS, Script

AT = 6
EVENTS = 200
CLOSE = 5


def script(step_ns: int = 1000) -> Script:
    """A process that closes the descriptors 0, 1, 2, ..."""
    built = Script(step_ns=step_ns)
    process = built.process("closer", pid=100)
    for fd in range(EVENTS):
        process.close(fd)
    return built


def frames(source: Replay) -> list[bytes]:
    played = []
    while (batch := source.read(1)) is not None:
        played += iterate_frames(batch)
    return played


def descriptors(played: list[bytes]) -> list[int]:
    """The descriptor that each frame closes: the last parameter."""
    return [struct.unpack("<q", frame[-8:])[0] for frame in played]


def play(**options) -> list[bytes]:
    return frames(script().source(ReplayOptions(**options)))


def test_a_replay_is_a_source():
    assert isinstance(script().source(), Source)


def test_all_events_are_played_in_order():
    played = play()
    assert descriptors(played) == list(range(EVENTS))
    assert [record_time(frame, AT) for frame in played] == [START_NS + 1000 * i for i in range(EVENTS)]


def test_count_ends_after_so_many_events():
    assert descriptors(play(count=7)) == list(range(7))
    assert len(play(count=EVENTS + 1)) == EVENTS


def test_rounds_follow_one_another_in_time():
    played = play(loop=3)
    assert descriptors(played) == list(range(EVENTS)) * 3
    times = [record_time(frame, AT) for frame in played]
    assert times == sorted(set(times))


def test_a_replay_without_end_goes_on_until_it_is_cut():
    assert len(play(loop=0, count=5 * EVENTS)) == 5 * EVENTS


def test_dropped_events_are_counted_and_add_up():
    source = script().source(ReplayOptions(drop=Fraction(1, 4), seed=1))
    played = frames(source)
    counts = source.statistics()
    assert 0 < counts.dropped < EVENTS
    assert (counts.seen, counts.emitted) == (EVENTS, len([frame for frame in played if not is_drop(frame)]))
    assert counts.seen == counts.emitted + counts.dropped
    assert counts.drops == {"injected": counts.dropped}
    assert counts.drops_by_syscall == {"close": counts.dropped}
    assert counts.by_cpu == {0: Counts(counts.seen, counts.emitted, counts.dropped)}


def test_each_gap_of_dropped_events_is_told_where_it_is():
    gaps, expected = 0, 0
    for frame in play(drop=Fraction(1, 4), seed=1):
        if is_drop(frame):
            (missing,) = struct.unpack_from("<I", frame, AT + 28)
            expected += missing
            gaps += 1
        else:
            assert descriptors([frame]) == [expected]
            expected += 1
    assert expected == EVENTS
    assert gaps > 5


def test_dropping_everything_leaves_only_word_of_it():
    (only,) = play(drop=Fraction(1))
    assert is_drop(only)
    assert struct.unpack_from("<I", only, AT + 28) == (EVENTS,)


def test_reordering_swaps_neighbours_and_loses_nothing():
    order = descriptors(play(reorder=Fraction(1, 5)))
    assert sorted(order) == list(range(EVENTS))
    assert order != sorted(order)
    assert all(abs(fd - place) <= 1 for place, fd in enumerate(order))


def test_truncated_records_stay_records_with_less_in_them():
    played = play(truncate=Fraction(1))
    assert len(played) == EVENTS
    assert {record_code(frame, AT) for frame in played} == {CLOSE}
    sizes = {len(frame) for frame in played}
    whole = len(play()[0])
    assert max(sizes) < whole
    for frame in played:
        _, _, length, _, count = struct.unpack_from("<QqIHI", frame, AT)
        lengths = struct.unpack_from(f"<{count}H", frame, AT + 26)
        assert length == len(frame) - AT == 26 + 2 * count + sum(lengths)


@pytest.mark.parametrize("fault", ["drop", "reorder", "truncate"])
def test_the_same_seed_gives_the_same_faults_and_another_seed_others(fault):
    share = {fault: Fraction(1, 3)}
    assert play(seed=1, **share) == play(seed=1, **share)
    assert play(seed=1, **share) != play(seed=2, **share)


def test_at_a_speed_events_take_the_time_that_they_took():
    began = time.monotonic()
    played = frames(script(step_ns=1_000_000).source(ReplayOptions(speed=2)))
    assert len(played) == EVENTS
    assert time.monotonic() - began >= (EVENTS - 1) * 0.001 / 2


def test_read_waits_no_longer_than_it_may():
    source = script(step_ns=10**10).source(ReplayOptions(speed=1))
    assert len(list(iterate_frames(source.read(0) or b""))) == 1
    began = time.monotonic()
    assert source.read(0.05) == b""
    assert 0.05 <= time.monotonic() - began < 5


def test_a_delayed_event_holds_back_those_that_follow():
    began = time.monotonic()
    played = frames(script().source(ReplayOptions(delay=Fraction(1), delay_ms=1, count=20)))
    assert descriptors(played) == list(range(20))
    assert time.monotonic() - began >= 0.02


def batch_of(*fds: int) -> bytes:
    """Frames that close these descriptors, a nanosecond apart."""
    return b"".join(
        encode_frame(encode_record("close", time_ns, 100, {"res": 0, "fd": fd})) for time_ns, fd in enumerate(fds, 1)
    )


class Recorded:
    """Sections as they are given; an exception in place of a batch is raised."""

    def __init__(self, *sections: tuple[bytes, list[bytes | Exception]]) -> None:
        self._sections = sections

    def sections(self):
        for tables, batches in self._sections:
            yield Section(tables, self._batches(batches))

    def _batches(self, batches):
        for batch in batches:
            if isinstance(batch, Exception):
                raise batch
            yield batch


def test_an_error_comes_after_the_events_before_it():
    source = Replay(Recorded((b"", [batch_of(1, 2), ValueError("bad byte")])), ReplayOptions(seed=1))
    assert descriptors(list(iterate_frames(source.read(1) or b""))) == [1, 2]
    with pytest.raises(ValueError, match="bad byte"):
        source.read(1)


def flags(batch: bytes | None) -> list[int]:
    return [struct.unpack_from("<HI", frame)[1] for frame in iterate_frames(batch or b"")]


def test_each_section_has_its_tables_when_its_first_frame_comes():
    recording = Recorded((b"one", [batch_of(1, 2), batch_of(3)]), (b"none", []), (b"two", [batch_of(4, 5)]))
    source = Replay(recording, ReplayOptions(seed=1))
    assert source.tables() == b"one"
    assert flags(source.read(1)) == [0, 0, 0]
    assert source.tables() == b"one"
    assert flags(source.read(1)) == [SECTION_START, 0]
    assert source.tables() == b"two"
    assert source.read(1) is None


def test_each_round_begins_with_the_first_tables():
    source = Replay(Recorded((b"one", [batch_of(1, 2)])), ReplayOptions(loop=2))
    assert flags(source.read(1)) == [0, 0]
    assert flags(source.read(1)) == [SECTION_START, 0]
    assert source.tables() == b"one"


def test_a_recording_without_events_does_not_loop_for_ever():
    assert Replay(Recorded((b"one", [])), ReplayOptions(loop=0)).read(1) is None


def test_a_closed_replay_has_no_more_events():
    source = script().source()
    source.close()
    source.close()
    assert source.read(0) is None
