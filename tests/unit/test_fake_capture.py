"""Captures through the fake driver: the same events, whoever reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

import tracer
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.opening import open_session
from tracer.drivers.fake.driver import FakeDriver
from tracer.drivers.fake.script import Script

CAPTURE = Path(__file__).parents[1] / "captures" / "07-tiny.scap"


def lines(stream) -> list[tuple[object, ...]]:
    with stream as events:
        return [(e.number, e.time, e.cpu, e.name, e.is_enter, e.tid, e["proc.name"], e["fd.name"]) for e in events]


def fake(options: str = "") -> list[tuple[object, ...]]:
    return lines(tracer.live(driver=f"fake:{CAPTURE}{options}"))


def test_opening_a_file_and_naming_the_driver_are_the_same():
    assert lines(tracer.open(CAPTURE)) == fake()


def test_the_environment_names_it_too():
    with open_session(DriverRequest(), Plan(), environment={"TRACER_DRIVER": f"fake:{CAPTURE}"}) as opened:
        assert str(opened.choice) == f"driver fake:{CAPTURE}, chosen by TRACER_DRIVER"
        assert opened.session.next(1000) is not None


def test_read_in_python_the_events_are_those_the_engine_reads():
    assert fake("?seed=1") == fake()


def test_two_captures_in_one_file_play_as_two_sections(tmp_path):
    joined = tmp_path / "joined.scap"
    joined.write_bytes(CAPTURE.read_bytes() * 2)
    expected = lines(tracer.open(joined))
    assert len(expected) == 2 * len(fake())
    assert lines(tracer.live(driver=f"fake:{joined}?seed=1")) == expected


def test_each_round_finds_the_machine_as_it_was():
    once, thrice = fake(), fake("?loop=3")
    assert [line[3:] for line in thrice] == [line[3:] for line in once] * 3
    times = [line[1] for line in thrice]
    assert times == sorted(times)
    assert [line[0] for line in thrice[: len(once)]] == [line[0] for line in once]


def test_statistics_of_a_plain_replay_count_its_events():
    with tracer.open(CAPTURE) as events:
        shown = sum(1 for _ in events)
        assert events.statistics.seen >= shown > 0
        assert events.statistics.dropped == 0


def test_a_damaged_capture_gives_the_same_events_and_the_same_error_either_way(tmp_path):
    cut = tmp_path / "cut.scap"
    cut.write_bytes(CAPTURE.read_bytes()[:-1000])

    def until_error(options: str) -> tuple[int, str]:
        count = 0
        with tracer.live(driver=f"fake:{cut}{options}") as events, pytest.raises(tracer.FormatError) as caught:
            for _ in events:
                count += 1
        return count, str(caught.value)

    assert until_error("") == until_error("?seed=1")
    assert until_error("")[0] > 0


def test_every_fault_at_once_ends_without_an_error():
    assert fake("?drop=1/10&reorder=1/10&truncate=1/10&delay=1/500&delay_ms=1&seed=4")


def test_a_file_that_is_no_capture_is_named(tmp_path):
    path = tmp_path / "text"
    path.write_text("this is not a capture, though it is long enough to hold a header\n")
    with pytest.raises((DriverError, tracer.FormatError)):
        fake_session = FakeDriver().open(str(path), Plan())
        next(tracer.play(fake_session))


def script() -> Script:
    """What fake:MODULE:FUNCTION finds."""
    made = Script(enter_events=True)
    made.process("ticker", pid=5).close(3)
    return made


def test_a_script_is_found_by_module_and_function(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    with tracer.live(driver="fake:test_fake_capture:script?loop=2") as events:
        assert [(e["proc.name"], e.name, e.is_enter) for e in events] == [
            ("ticker", "close", True),
            ("ticker", "close", False),
        ] * 2
