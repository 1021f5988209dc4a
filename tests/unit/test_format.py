"""The language of output formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracer.core._engine import Format

from ..made_capture import START_NS, event, i64, write
from ..printed import printed

CLOSE_E, READ_X = 4, 7


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    close = event(CLOSE_E, [i64(3)], cpu=1)
    return write(tmp_path / "made.scap", close, event(READ_X, [i64(2), b'"\xc3\xa9'], time=1_000_000_007))


@pytest.mark.parametrize(
    ("format", "lines"),
    [
        ("%evt.num %evt.type", b"1 close\n2 read\n"),
        ("%evt.num%evt.dir.", b"1>.\n2<.\n"),
        ("%6evt.type|%2evt.type|", b"close |cl|\nread  |re|\n"),
        ("%evt.arg.res", b"2\n"),
        ("*%evt.arg.res", b"<NA>\n2\n"),
        ("%evt.arg[0]", b"<f>/etc/passwd\n2\n"),
        ("100%% %evt.num", b"100% 1\n100% 2\n"),
        ("%evt.num\\t\\\\\\q\\n.", b"1\t\\\\q\n.\n2\t\\\\q\n.\n"),
    ],
)
def test_a_format_prints(capture: Path, format: str, lines: bytes):
    assert printed(capture, Format.line(format)) == lines


@pytest.mark.parametrize(
    ("time", "lines"),
    [
        ("a", b"1700000000.0\n1700000001.7\n"),
        ("r", b"0.000000000\n1.000000007\n"),
        ("D", b"0.000000000\n1.000000007\n"),
        ("d", b"0.000000000\n0.000000000\n"),
    ],
)
def test_the_output_time_follows_the_option(capture: Path, time: str, lines: bytes):
    assert printed(capture, Format.line("%evt.outputtime", time=time)) == lines


def test_json_has_the_fields_in_order_of_their_names_with_their_types(capture: Path):
    lines = printed(capture, Format.json("*%evt.type %evt.num %evt.arg.data %evt.time %evt.is_io")).splitlines()
    assert lines[0] == (
        b'{"evt.arg.data":null,"evt.is_io":false,"evt.num":1,"evt.time":%d,"evt.type":"close"}' % START_NS
    )
    assert json.loads(lines[1])["evt.arg.data"] == '"..'


def test_an_event_that_is_left_out_still_counts_as_the_one_before(capture: Path):
    assert printed(capture, Format.line("%evt.arg.res %evt.outputtime", time="D")) == b"2 1.000000007\n"
    assert printed(capture, Format.line("%evt.arg.res %evt.deltatime")) == b"2 1000000007\n"


def test_a_format_without_fields_is_null_in_json(capture: Path):
    assert printed(capture, Format.json("*plain")) == b"null\nnull\n"


def test_ancestors_without_an_argument_print_as_the_process_itself(capture: Path):
    assert printed(capture, Format.json("%proc.aname %proc.apid")).splitlines()[0] == (
        b'{"proc.aname":"prog","proc.apid":50}'
    )


def test_json_leaves_out_events_that_lack_a_field(capture: Path):
    assert printed(capture, Format.json("%evt.num %evt.arg.data")) == b'{"evt.arg.data":"\\"..","evt.num":2}\n'


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("", "empty"),
        ("%evt.num %", "ends in '%'"),
        ("%20", "ends in '%'"),
        ("%evt.nosuch x", "no field is called 'evt.nosuch'"),
        ("%fd.ip", "in filters only"),
        ("%99999evt.num", "at most 10000"),
    ],
)
def test_a_wrong_format_says_what_is_wrong(format: str, message: str):
    with pytest.raises(ValueError, match=message):
        Format.line(format)


def test_a_wrong_style_names_the_choices():
    with pytest.raises(ValueError, match="none of dotted, printable, hex, hex_ascii, base64"):
        Format.line("%evt.num", data="octal")
    with pytest.raises(ValueError, match="none of h, a, r, d, D"):
        Format.line("%evt.num", time="x")
