"""span.* and evtin.span.*: spans that programs mark by writing to /dev/null."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.made_capture import INIT, KID, PROG, WORKER, event, i64, u32, write
from tests.printed import printed
from tracer.core._engine import CaptureSource, Format, Session
from tracer.core.filter import compile_filter

OPEN_X, CLOSE_E, WRITE_E, WRITE_X = 3, 4, 8, 9
NULL_FD = 9


def mark(text: bytes, time: int, tid: int = PROG, fd: int = NULL_FD) -> list[bytes]:
    """The events of a write."""
    enter = event(WRITE_E, [i64(fd), u32(len(text))], time=time, tid=tid)
    return [enter, event(WRITE_X, [i64(len(text)), text], time=time + 1, tid=tid)]


def open_null(tid: int = PROG) -> bytes:
    return event(OPEN_X, [i64(NULL_FD), b"/dev/null\0", u32(2), u32(0), u32(0)], tid=tid)


def between(time: int, tid: int = PROG) -> bytes:
    return event(CLOSE_E, [i64(3)], time=time, tid=tid)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    events = [
        open_null(),  # 1
        *mark(b">:7:web.get:url=/x,user=me:", 1000),  # 2, 3
        between(2000),  # 4
        between(2500, WORKER),  # 5
        between(2600, KID),  # 6
        *mark(b">:7:web.get.db::", 3000),  # 7, 8
        between(3500),  # 9
        *mark(b"<:7:web.get.db::", 4000),  # 10, 11
        *mark(b"<:7:web.get:status=200:", 5000),  # 12, 13
        between(6000),  # 14
    ]
    return write(tmp_path / "made.scap", *events)


def values(capture: Path, field: str) -> dict[int, str]:
    lines = printed(capture, Format.line(f"%evt.num %{field}")).decode().splitlines()
    return {int(number): value for number, value in (line.split(" ", 1) for line in lines)}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("span.id", {3: "7", 8: "7", 11: "7", 13: "7"}),
        ("span.ntags", {3: "2", 8: "3", 11: "3", 13: "2"}),
        ("span.nargs", {3: "2", 8: "0", 11: "0", 13: "2"}),
        ("span.tags", {3: "web.get", 8: "web.get.db", 11: "web.get.db", 13: "web.get"}),
        ("span.tag[1]", {3: "get", 8: "get", 11: "get", 13: "get"}),
        ("span.tag[-1]", {3: "get", 8: "db", 11: "db", 13: "get"}),
        ("span.args", {3: "url=/x,user=me", 8: "", 11: "", 13: "status=200"}),
        ("span.arg.user", {3: "me"}),
        ("span.arg[0]", {3: "/x", 13: "200"}),
        ("span.enterargs", {3: "url=/x,user=me", 8: "", 11: "", 13: "url=/x,user=me"}),
        ("span.enterarg.url", {3: "/x", 13: "/x"}),
        ("span.duration", {11: "1000", 13: "4000"}),
        ("span.duration.human", {11: "1us", 13: "4us"}),
        ("span.count", {3: "0", 8: "0", 11: "1", 13: "1"}),
        ("span.rawparenttime", {8: "1700000000000001001", 11: "1700000000000001001"}),
    ],
)
def test_a_mark_has_the_values_that_were_written(capture: Path, field: str, expected: dict[int, str]) -> None:
    found = values(capture, field)
    assert {number: text.replace(".00", "") for number, text in found.items()} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evtin.span.tags=web.get", [4, 7, 8, 9, 10, 11, 12, 13]),
        ("evtin.span.tags=web.get.db", [9, 10, 11]),
        ("evtin.span.id=7", [4, 7, 8, 9, 10, 11, 12, 13]),
        ("evtin.span.p.tags=web.get", [4, 5, 7, 8, 9, 10, 11, 12, 13]),
        ("evtin.span.m.tags=web.get", [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ("evtin.span.arg.user=me and evt.type=close", [4, 9]),
        ("evtin.span.tag[2]=db", [9, 10, 11]),
        ("span.duration>2000", [13]),
    ],
)
def test_events_in_a_span_are_selected(capture: Path, text: str, expected: list[int]) -> None:
    session = Session(CaptureSource(str(capture)), compile_filter(text))
    numbers = []
    while not session.ended:
        if found := session.next():
            numbers.append(found.number)
    assert numbers == expected


@pytest.mark.parametrize(
    ("text", "tags", "arguments"),
    [
        (b'[">", 3, ["a", "b"], [{"k": "v"}, {"l": "w"}]]', "a.b", "k=v,l=w"),
        (b'[">",3,["a"],[]]', "a", ""),
        (rb">:3:a\.b:k=x\:y:", "a.b", "k=x:y"),
        (b">:3::k=v:", "", "k=v"),
    ],
)
def test_marks_are_text_or_json(tmp_path: Path, text: bytes, tags: str, arguments: str) -> None:
    capture = write(tmp_path / "made.scap", open_null(), *mark(text, 1000))
    assert values(capture, "span.tags|%span.args|%span.id") == {3: f"{tags}|{arguments}|3"}


@pytest.mark.parametrize(("word", "expected"), [(b"t", PROG), (b"p", PROG), (b"pp", INIT), (b"", 0), (b"g", 0)])
def test_an_id_may_be_the_threads_own(tmp_path: Path, word: bytes, expected: int) -> None:
    capture = write(tmp_path / "made.scap", open_null(), *mark(b">:" + word + b":tag::", 1000))
    assert values(capture, "span.id") == {3: str(expected)}


def test_a_mark_may_come_in_pieces(tmp_path: Path) -> None:
    capture = write(tmp_path / "made.scap", open_null(), *mark(b">:1:ta", 1000), *mark(b"g:a=b:", 2000))
    assert values(capture, "span.tags") == {5: "tag"}


@pytest.mark.parametrize("text", [b"hello", b">x", b">:1x:tag::", b"[1]", b'["?", 1, [], []]', b"\0\0"])
def test_other_data_is_no_mark(tmp_path: Path, text: bytes) -> None:
    capture = write(tmp_path / "made.scap", open_null(), *mark(text, 1000), *mark(b">:1:tag::", 2000))
    assert values(capture, "span.tags") == {5: "tag"}
