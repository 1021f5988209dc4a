"""How the parameters of events print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracer.core._engine import Format

from ..made_capture import event, i64, u32, u64, write
from ..printed import printed

OPEN_X, READ_X, CLOSE_E, GENERIC_X = 3, 7, 4, 1
WRITE_E, WRITE_X = 8, 9


def args(tmp_path: Path, code: int, *values: bytes, format: str = "*%evt.args", **options) -> bytes:
    """The printed arguments of one event."""
    capture = write(tmp_path / "made.scap", event(code, list(values)))
    return printed(capture, Format.line(format, **options))[:-1]


def read_of(data: bytes) -> tuple[int, bytes, bytes]:
    return READ_X, i64(len(data)), data


def test_a_descriptor_shows_its_kind_and_name(tmp_path: Path):
    assert args(tmp_path, CLOSE_E, i64(3)) == b"fd=3(<f>/etc/passwd) "
    assert args(tmp_path, CLOSE_E, i64(77)) == b"fd=77 "


def test_a_failed_call_shows_the_error_name(tmp_path: Path):
    assert args(tmp_path, READ_X, i64(-11), b"") == b"res=-11(EAGAIN) data= "


def test_flags_show_their_names(tmp_path: Path):
    values = (i64(-2), b"/x\0", u32(0x1001), u32(0), u32(0))
    assert args(tmp_path, OPEN_X, *values) == (b"fd=-2(ENOENT) name=/x flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=0 ")


def test_a_flag_of_a_later_release_is_named_only_in_records_of_its_time(tmp_path: Path):
    values = (i64(-2), b"/x\0", u32(0x4001), u32(0), u32(0))
    assert b"flags=16385(O_RDONLY) " in args(tmp_path, OPEN_X, *values)
    assert b"flags=16385(O_RDONLY|O_F_CREATED) " in args(tmp_path, OPEN_X, *values, u64(9))


def test_a_relative_path_shows_what_it_means(tmp_path: Path):
    values = (i64(-2), b"../x\0", u32(1), u32(0), u32(0))
    assert b" name=../x(/root/x) " in args(tmp_path, OPEN_X, *values)


def test_parameters_that_came_later_print_where_the_record_has_them(tmp_path: Path):
    assert args(tmp_path, READ_X, i64(2), b"ok", i64(3), u32(64)) == b"res=2 data=ok fd=3(<f>/etc/passwd) size=64 "


def test_a_generic_event_is_named_as_in_its_time(tmp_path: Path):
    rt_sigreturn = (298).to_bytes(2, "little")
    assert args(tmp_path, GENERIC_X, rt_sigreturn, format="%evt.type") == b"sigreturn"
    assert args(tmp_path, GENERIC_X, rt_sigreturn, (15).to_bytes(2, "little"), format="%evt.type") == b"rt_sigreturn"


@pytest.mark.parametrize(
    ("data", "options", "text"),
    [
        (b"a\0\xffb\n", {}, b"a..b."),
        (b"x" * 81, {}, b"x" * 77 + b"..."),
        (b"x" * 80, {}, b"x" * 80),
        (b"x" * 81, {"data_limit": 0}, b"x" * 81),
        (b"a\tb\r\nc\n", {"data": "printable"}, b"\nab\nc\n"),
        (b"abc", {"data": "hex"}, b"\n\t0x0000: 6162 63\n"),
        (b"a\1c", {"data": "hex_ascii"}, b"\n\t0x0000: 6101 63" + b" " * 32 + b"a.c\n"),
        (b"abcd", {"data": "base64"}, b"YWJjZA=="),
    ],
)
def test_data_prints_in_the_chosen_style(tmp_path: Path, data: bytes, options: dict[str, object], text: bytes):
    assert args(tmp_path, *read_of(data), **options) == b"res=%d data=%s " % (len(data), text)


def test_names_from_the_traced_system_cannot_command_a_terminal(tmp_path: Path):
    name = b"/tmp/\x1b[2J\x07\x7f\xc2\x9b\xff\xc3\xa9\0"
    values = (i64(-2), name, u32(1), u32(0), u32(0))
    printed_name = args(tmp_path, OPEN_X, *values, format="%evt.arg.name", escape_control=True)
    assert printed_name == rb"/tmp/\x1b[2J\x07\x7f\xc2\x9b\xff" + b"\xc3\xa9"


def test_a_name_with_a_line_end_stays_on_its_line(tmp_path: Path):
    values = (i64(-2), b"/tmp/a\nb\0", u32(1), u32(0), u32(0))
    assert args(tmp_path, OPEN_X, *values, format="%evt.arg.name") == b"/tmp/ab"


def test_the_line_ends_of_a_hexdump_are_not_escaped(tmp_path: Path):
    assert args(tmp_path, *read_of(b"\x1b"), data="hex", escape_control=True) == b"res=1 data=\n\t0x0000: 1b\n "


def test_control_characters_in_paths_print_as_dots(tmp_path: Path):
    values = (i64(3), b"/a\tb\x1b\0", u32(1), u32(0), u32(0))
    assert args(tmp_path, OPEN_X, *values) == b"fd=3(<f>/a.b.) name=/ab flags=1(O_RDONLY) mode=0 dev=0 "
    assert args(tmp_path, OPEN_X, *values, format="%fd.name %fd.filename") == b"/a.b. a.b."


def test_control_characters_are_escaped_on_a_terminal(tmp_path: Path):
    values = (i64(3), b"/a\tb\x1b\0", u32(1), u32(0), u32(0))
    assert args(tmp_path, OPEN_X, *values, format="%fd.name", escape_control=True) == rb"/a\x09b\x1b"


def test_utf8_in_paths_prints_as_it_is(tmp_path: Path):
    values = (i64(3), "/tmp/été\0".encode(), u32(1), u32(0), u32(0))
    assert args(tmp_path, OPEN_X, *values, format="%fd.name") == "/tmp/été".encode()


def test_messages_to_the_log_print_as_such(tmp_path: Path):
    open_log = event(OPEN_X, [i64(9), b"/dev/log\0", u32(1), u32(0), u32(0)])
    message = event(WRITE_X, [i64(12), b"<34>su: hello"])
    capture = write(tmp_path / "made.scap", open_log, event(WRITE_E, [i64(9), u32(13)]), message)
    lines = printed(capture, Format.line("*%evt.info|%evt.args")).splitlines()
    assert lines[2] == b"syslog sev=crit msg=su: hello|res=12 data=<34>su: hello "
