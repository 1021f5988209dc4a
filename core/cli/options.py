"""Options that several commands share: where events come from, which of them, and what becomes of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from tracer.core.driver import Plan

DEFAULTS = Plan()

MAX_SNAPLEN_BYTES = 65535
"""Lengths in an event record are 16 bits wide."""

MAX_PORT = 65535
MIN_BUFFER_BYTES = 4096
MAX_BUFFER_BYTES = 1 << 30
SIZE_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def add_source_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Options that say where events come from; returns their group, for more of them."""
    group = parser.add_argument_group("source")
    group.add_argument("--driver", metavar="NAME[:ARG]", help="take events from this driver (see: tracer drivers)")
    group.add_argument(
        "-s", "--snaplen", metavar="BYTES", type=_snaplen, default=80, help="keep so much of each data buffer (80)"
    )
    group.add_argument(
        "--dynamic-snaplen",
        action="store_true",
        help="keep up to 2000 bytes of what looks like HTTP, MySQL, PostgreSQL, MongoDB or statsd, and 512 of DNS",
    )
    group.add_argument(
        "--statsd-port",
        metavar="PORT",
        type=_port,
        default=DEFAULTS.statsd_port,
        help="the port that --dynamic-snaplen takes for statsd (8125)",
    )
    group.add_argument(
        "--full-capture-ports",
        metavar="FROM-TO",
        type=_ports,
        default=DEFAULTS.full_capture_ports,
        help="keep up to 16000 bytes of each data buffer that goes to or comes from one of these ports",
    )
    group.add_argument(
        "--buffer",
        metavar="SIZE",
        type=_buffer,
        default=DEFAULTS.buffer_bytes,
        help="size of the buffer of each CPU in bytes, or with K, M or G behind the number (8M)",
    )
    group.add_argument("-D", "--debug", action="store_true", help="show internal events and those of tracer itself too")
    group.add_argument(
        "--probe",
        metavar="PROBE",
        dest="probes",
        action="append",
        default=[],
        help="also record calls of a function, uprobe:PATH:SYMBOL[+OFFSET], or its returns, uretprobe:PATH:SYMBOL; may "
        "be given several times",
    )
    group.add_argument(
        "--stacks",
        metavar="user|kernel|both",
        type=_stacks,
        default=DEFAULTS.stacks,
        help="record with each system call the stack of the program, of the kernel, or both, for evt.stack.user and "
        "evt.stack.kernel",
    )
    group.add_argument(
        "--cri",
        metavar="SOCKET",
        action=_SetVariable,
        variable="TRACER_CRI_SOCKET",
        help="ask for containers at this socket of a CRI runtime; with colons in between, at several",
    )
    group.add_argument(
        "--cri-timeout",
        metavar="MILLISECONDS",
        action=_SetVariable,
        variable="TRACER_CRI_TIMEOUT_MS",
        type=_positive,
        help="how long to wait there for an answer (1000)",
    )
    group.add_argument(
        "--no-kernel-filter",
        dest="kernel_filter",
        action="store_false",
        help="evaluate all of FILTER here; otherwise the kernel leaves out calls of which it can tell that they do not "
        "pass (see: tracer explain)",
    )
    group.add_argument("--page-faults", action="store_true", help="deliver page faults too")
    group.add_argument(
        "--toctou",
        action="store_true",
        help="deliver what open, openat, openat2, creat and connect were given when they began too, so that names are "
        "those and evt.is_toctou tells where another thread has changed them since",
    )
    return group


def add_selection_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say which events, and when to stop."""
    parser.add_argument("filter", metavar="FILTER", nargs="*", help="only events for which this is true")
    group = parser.add_argument_group("selection")
    add_limit_argument(group)
    group.add_argument(
        "-M",
        metavar="SECONDS",
        dest="duration_s",
        type=_positive,
        help="stop after so many seconds; of a capture, by the times of its events",
    )
    group.add_argument(
        "-d",
        "--displayflt",
        dest="display_only",
        action="store_true",
        help="FILTER says only what is printed: all events are counted, written and measured from",
    )


def add_limit_argument(group: argparse._ActionsContainer) -> None:
    """-n."""
    group.add_argument("-n", "--numevents", metavar="NUMBER", type=_positive, help="stop after so many events")


def add_chisel_argument(group: argparse._ActionsContainer) -> None:
    """-c, for the help: what it asks for is taken out of the words before (see `chisel_words`)."""
    group.add_argument(
        "-c",
        "--chisel",
        metavar="NAME [ARGUMENTS]",
        dest="chisel_names",
        help="run a chisel instead of printing events; its arguments stand in the next word, with spaces in between; "
        "may be given several times",
    )


def add_output_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Options for text and captures; returns their group, for more of them."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "-p",
        "--print",
        metavar="FORMAT",
        dest="format",
        help="print each event so: text with %%fields; a leading * prints events that lack one too; "
        "-pc is a format with containers, -pk with pods, -pp shows the default one",
    )
    group.add_argument("-j", "--json", action="store_true", help="print each event as a JSON object")
    group.add_argument(
        "-t",
        "--timetype",
        metavar="KIND",
        choices=TIME_KINDS,
        default="h",
        help="time as h: time of day, a: seconds since 1970, r: since the first event, d: time in the call, "
        "D: since the event before",
    )
    data = group.add_mutually_exclusive_group()
    for letter, name, kind, text in DATA_FORMATS:
        data.add_argument(
            f"-{letter}", f"--{name}", dest="data", action="store_const", const=kind, default="dotted", help=text
        )
    group.add_argument(
        "-v", "--verbose", action="store_true", help="do not shorten data buffers; report counts at the end"
    )
    group.add_argument("-q", "--quiet", action="store_true", help="print no events")
    group.add_argument("-S", "--summary", action="store_true", help="print how many events of each type there were")
    group.add_argument(
        "--unbuffered", action="store_true", help="hand over each line at once; otherwise it may wait 0.02 s for others"
    )
    group.add_argument("-P", "--progress", action="store_true", help="show how far a capture is read, on stderr")
    group.add_argument(
        "--with",
        metavar="NAME[:ARG]",
        dest="consumers",
        action="append",
        default=[],
        help="have a plugin's consumer run beside (see: tracer plugins); may be given several times",
    )
    _add_writing_arguments(parser)
    return group


def _add_writing_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("recording")
    group.add_argument("-w", "--writefile", metavar="FILE", dest="write", help="write a capture instead of printing")
    group.add_argument("-z", "--compress", action="store_true", help="compress the capture that -w writes")
    group.add_argument(
        "-F",
        "--fatfile",
        dest="keep_state",
        action="store_true",
        help="write, hidden from readers, also what FILTER leaves out but names threads and descriptors",
    )
    group.add_argument(
        "-C",
        "--file-size",
        metavar="MB",
        dest="file_mb",
        type=_positive,
        help="go on in another file, FILE0, FILE1, ..., when one has so many millions of bytes",
    )
    group.add_argument(
        "-G",
        "--seconds",
        metavar="SECONDS",
        dest="file_seconds",
        type=_positive,
        help="the same after so many seconds; %%H%%M and the like in FILE stand for the time",
    )
    group.add_argument(
        "-e",
        "--event-limit",
        metavar="NUMBER",
        dest="file_events",
        type=_positive,
        help="the same after so many events",
    )
    group.add_argument(
        "-W", "--limit", metavar="NUMBER", dest="files", type=_positive, help="keep so many files, the latest ones"
    )


class _SetVariable(argparse.Action):
    """What an option says to plugins, they read in the environment."""

    def __init__(self, option_strings: Sequence[str], dest: str, *, variable: str, **options: Any) -> None:
        super().__init__(option_strings, dest, **options)
        self._variable = variable

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        os.environ[self._variable] = str(values)


TIME_KINDS = ("h", "a", "r", "d", "D")

DATA_FORMATS = (
    ("A", "print-ascii", "printable", "print only the text in data buffers, with line ends"),
    ("x", "print-hex", "hex", "print data buffers in hexadecimal"),
    ("X", "print-hex-ascii", "hex_ascii", "print data buffers in hexadecimal and as text"),
    ("b", "print-base64", "base64", "print data buffers in base64"),
)
"""Letter, long name, the engine's name, and help of each way to print data buffers."""


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _snaplen(text: str) -> int:
    number = _positive(text)
    if number > MAX_SNAPLEN_BYTES:
        raise argparse.ArgumentTypeError(f"{text} is above {MAX_SNAPLEN_BYTES}, the most that an event can hold")
    return number


def _port(text: str) -> int:
    number = _positive(text)
    if number > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text} is above {MAX_PORT}, the highest port")
    return number


def _stacks(text: str) -> frozenset[str]:
    both = frozenset({"user", "kernel"})
    if text not in {*both, "both"}:
        raise argparse.ArgumentTypeError(f"{text!r} is none of user, kernel, both")
    return both if text == "both" else frozenset({text})


def _ports(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    ports = _port(first), _port(last) if dash else _port(first)
    if ports[0] > ports[1]:
        raise argparse.ArgumentTypeError(f"{text}: {first} is above {last}")
    return ports


def _buffer(text: str) -> int:
    unit = SIZE_UNITS.get(text[-1:].upper(), 1)
    size = _positive(text[:-1] if unit > 1 else text) * unit
    if not MIN_BUFFER_BYTES <= size <= MAX_BUFFER_BYTES:
        raise argparse.ArgumentTypeError(f"{text} is not between 4K and 1G")
    return size
