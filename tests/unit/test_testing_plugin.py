"""The pytest plugin, used as others use it: its examples pass, and what fails reads well."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"

SCRIPT = """
import pytest

@pytest.fixture
def events(event_script, events_of):
    cat = event_script.process("cat", pid=100, args=["/etc/passwd"])
    cat.openat("/etc/passwd", returns=3)
    cat.read(3, b"root:x:0:0")
    cat.openat("/etc/shadow", returns="EACCES")
    cat.socket(returns=4)
    cat.connect(4, "10.0.0.1:80", source="10.0.0.2:5000")
    cat.exit()
    return events_of(event_script)
"""


def outcome(pytester: pytest.Pytester, body: str) -> list[str]:
    """What pytest says where a test with this body fails."""
    pytester.makepyfile(SCRIPT + f"\ndef test_it(events):\n    {body}\n")
    result = pytester.runpytest_subprocess("-q", "--no-header")
    result.assert_outcomes(failed=1)
    return [line[1:].strip() for line in result.outlines if line.startswith("E ")]


def test_a_script_is_asked_for_its_events(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        SCRIPT
        + """
def test_it(events):
    assert events.matching("evt.type=openat").values("fd.name", "evt.res") == [
        ("/etc/passwd", "SUCCESS"), ("/etc/shadow", "EACCES")
    ]
    assert events.matching("evt.type=openat").names == ["openat", "openat"]
    assert events.matching("fd.num=3").values("evt.type") == ["openat", "read"]
    assert not events.matching("proc.name=dog")
    assert len(events.matching()) == 6
    events.assert_none("evt.type=unlink")
    assert events.assert_some("fd.sport=80", count=1)[0].event.name == "connect"
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_events_that_should_not_be_there_are_shown(pytester: pytest.Pytester) -> None:
    assert outcome(pytester, 'assert not events.matching("fd.type in (ipv4,ipv6)")')[0] == (
        "AssertionError: assert not <2 events: 4 cat socket res=4; 5 cat connect res=0 10.0.0.2:5000->10.0.0.1:80>"
    )


def test_values_that_differ_are_shown_with_their_event(pytester: pytest.Pytester) -> None:
    body = 'assert events.matching("evt.type=openat").values("evt.type", "evt.res") == [("openat", "SUCCESS")] * 2'
    assert outcome(pytester, body)[:4] == [
        "AssertionError: assert values of events are not as expected",
        "event 1: 3 cat openat res=EACCES",
        "evt.res is 'EACCES', expected 'SUCCESS'",
    ]


def test_values_that_are_missing_or_too_many_are_shown(pytester: pytest.Pytester) -> None:
    assert outcome(pytester, 'assert events.matching("evt.type=read").values("fd.name") == ["/etc/passwd", "x"]') == [
        "AssertionError: assert values of events are not as expected",
        "event 1 is missing: 'x'",
    ]
    assert outcome(pytester, 'assert [] == events.matching("evt.type=read").values("fd.name")') == [
        "AssertionError: assert values of events are not as expected",
        "event 0: 2 cat read res=10 /etc/passwd",
        "is one too many: '/etc/passwd'",
    ]


def test_assert_none_lists_what_it_found(pytester: pytest.Pytester) -> None:
    assert outcome(pytester, 'events.assert_none("evt.type=openat")') == [
        "AssertionError: no event of the script should match 'evt.type=openat', but there are 2:",
        "1 cat openat res=3 /etc/passwd",
        "3 cat openat res=EACCES",
    ]


def test_assert_some_lists_what_there_was_instead(pytester: pytest.Pytester) -> None:
    assert outcome(pytester, 'events.assert_some("evt.type=unlink")')[:3] == [
        "AssertionError: no event of the script matches 'evt.type=unlink'; of all of them, there are 6:",
        "1 cat openat res=3 /etc/passwd",
        "2 cat read res=10 /etc/passwd",
    ]
    assert outcome(pytester, 'events.assert_some("evt.type=openat", count=1)')[0] == (
        "AssertionError: 1 event of the script should match 'evt.type=openat', but there are 2:"
    )


def test_a_filter_that_is_wrong_is_an_error_of_its_own(pytester: pytest.Pytester) -> None:
    assert "there is no field fd.nam; did you mean fd.name?" in " ".join(
        outcome(pytester, 'events.matching("fd.nam=x")')
    )


def test_a_script_becomes_a_capture_for_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
def test_it(event_script, capture_of, run_tracer):
    event_script.process("cat", pid=100).openat("/etc/passwd", returns=3)
    ran = run_tracer("-r", capture_of(event_script), "-p", "%proc.name %fd.name")
    assert (ran.returncode, ran.stdout) == (0, "cat /etc/passwd\\n")
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


@pytest.mark.live
def test_a_block_is_recorded_and_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
import os, socket, subprocess

def test_it(record_events, tmp_path):
    (tmp_path / "before").write_text("x")
    with record_events() as events:
        (tmp_path / "inside").write_text("x")
        subprocess.run(["/bin/cat", "/etc/hostname"], stdout=subprocess.DEVNULL)
    (tmp_path / "behind").write_text("x")
    opened = events.matching("evt.type=openat and evt.res=SUCCESS").values("fd.name")
    assert str(tmp_path / "inside") in opened
    assert "/etc/hostname" in opened
    assert not {str(tmp_path / "before"), str(tmp_path / "behind")} & set(opened)
    assert not events.matching("fd.type in (ipv4,ipv6)")
    with socket.create_server(("127.0.0.1", 0)) as server, record_events() as events:
        socket.create_connection(server.getsockname()).close()
    [port] = events.matching("evt.type=connect").values("fd.sport")
    events.assert_some(f"fd.type=ipv4 and fd.sport={port}")
    assert not events.matching("evt.type=execve")
"""
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_where_nothing_can_be_recorded_the_test_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
def test_it(record_events):
    with record_events(driver="fake:/no/such/capture"):
        assert False
"""
    )
    result = pytester.runpytest_subprocess("-q", "-rs")
    result.assert_outcomes(skipped=1)
    assert re.search(r"SKIPPED.*cannot record: .*/no/such/capture.*", result.stdout.str())


def test_events_within_the_block_are_no_answer_yet() -> None:
    from tracer.plugins.testing.recording import RecordedEvents

    with pytest.raises(RuntimeError, match="behind the `with`"):
        RecordedEvents().matching()


def test_the_examples_of_the_manual_pass(pytester: pytest.Pytester) -> None:
    examples = re.findall(r"```python test\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        pytester.makepyfile(**{f"test_example_{number}": example})
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    assert result.ret == 0
