"""Any text is a filter or an error that says where; filters obey the laws of logic."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.core._engine import CaptureSource, Format, Session
from tracer.core.filter import FilterError, compile_filter

CAPTURE = Path(__file__).parents[1] / "captures" / "07-tiny.scap"
LINE = Format.line("%evt.num")

WORDS = r"""
proc.name fd.num fd.ip evt.type evt.arg[0] evt.rawarg.res evt.buffer = == != < >= contains in pmatch regex exists
and or not ( ) , ' " \ \x4 cat 3 -1 0x10 1.2.3.4 10.0.0.0/8 (a,b) val( tolower( anyof allof [ ] !
"""
PIECES = st.sampled_from([*WORDS.split(), "\x00", "\udcff", "\u00e9", "\n"])

CHECKS = st.sampled_from(
    [
        "proc.name=cat",
        "proc.name!=cat",
        "evt.type in (openat, close)",
        "evt.dir=<",
        "fd.num>2",
        "fd.name contains etc",
        "fd.name exists",
        "evt.rawres<0",
        "evt.num<1500",
        "evt.buffer contains E",
    ]
)
EXPRESSIONS = st.recursive(
    CHECKS,
    lambda inner: st.one_of(
        inner.map(lambda item: f"not ({item})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} and {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} or {pair[1]})"),
    ),
    max_leaves=6,
)


def selected(text: str) -> set[int]:
    session = Session(CaptureSource(str(CAPTURE)), compile_filter(text))
    with tempfile.TemporaryFile() as output:
        while session.run(format=LINE, output_fd=output.fileno()):
            pass
        output.seek(0)
        return {int(number) for number in output.read().split()}


def check_text(text: str) -> None:
    try:
        compile_filter(text)
    except FilterError as error:
        assert 0 <= error.position <= len(text)
        assert "\n" not in error.message or "\n" in text
        assert error.pointer()


@given(st.lists(PIECES, max_size=12))
@settings(max_examples=400, deadline=None)
def test_pieces_of_filters_make_a_filter_or_an_error(pieces: list[str]) -> None:
    check_text(" ".join(pieces))
    check_text("".join(pieces))


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    check_text(text)


@given(EXPRESSIONS, EXPRESSIONS)
@settings(max_examples=40, deadline=None)
def test_junctions_are_set_operations(left: str, right: str) -> None:
    of_left, of_right = selected(left), selected(right)
    assert selected(f"{left} and {right}") == of_left & of_right
    assert selected(f"{left} or {right}") == of_left | of_right
    assert selected(f"{left} and not {right}") == of_left - of_right
    assert selected(f"not {left}") == selected("evt.num>0") - of_left
