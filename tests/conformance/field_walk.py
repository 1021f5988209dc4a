"""Every field that sysdig lists, with arguments, over every event of a capture, held against what sysdig prints.

`python -m tests.conformance.field_walk CAPTURE...` walks captures of any size and reports.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path

from tests.conftest import TRACER
from tracer.core.schema.tables import EVENT_TYPES

CLASSES_LEFT_OUT = ("mesos", "marathon")
"""Two schedulers: nothing here provides their values."""

CODES_IN_0293 = 336
"""Events from here on came after sysdig 0.29.3."""

GENERATIONS = tuple(f"[{n}]" for n in range(6))
LABELS = (".foo",)
MOUNTS = ("[0]", "[/x]")

UNPRINTABLE_IN_SYSDIG = {
    "evt.type.is": "its format parser takes the name for evt.type",
    "evt.rawarg": "it stops at the first event whose parameter is a descriptor, an error or the like",
}

SEPARATOR = "\x1d"
BEGIN = b"\n@@"


@cache
def listed_by_sysdig() -> dict[str, bool]:
    """Names in `sysdig -l`, and whether a format may have them."""
    listing = subprocess.run(["sysdig", "-l"], capture_output=True, text=True, check=True).stdout
    entries = re.findall(r"^([a-z][a-z0-9_]*\.[a-z0-9_.]+)(?:\s+(\(FILTER ONLY\))?|$)", listing, re.MULTILINE)
    return {name: not filter_only for name, filter_only in entries if name.split(".")[0] not in CLASSES_LEFT_OUT}


def parameter_names() -> list[str]:
    """Those of all events that sysdig knows."""
    known = [event for event in EVENT_TYPES if event.code < CODES_IN_0293]
    names = {param.name for event in known for param in event.params if not param.appended}
    return sorted(names - {"plugin_id", "vpgid"})


def arguments() -> dict[str, tuple[str, ...]]:
    """What stands behind the names of fields that take an argument."""
    named = {name: LABELS for name in listed_by_sysdig() if name.endswith(".label")}
    mounts = {name: MOUNTS for name in listed_by_sysdig() if name.startswith("container.mount") and name[-1] != "s"}
    places = {name: ("[0]",) for name in listed_by_sysdig() if "span." in name and name.endswith((".tag", "arg"))}
    controllers = "cpu memory cpuset cpuacct io devices freezer net_cls perf_event net_prio hugetlb pids nosuch"
    return {
        **named,
        **mounts,
        **places,
        "evt.abspath": ("", ".src", ".dst"),
        "evt.arg": (*(f"[{n}]" for n in range(12)), *(f".{name}" for name in parameter_names())),
        "proc.aname": ("", *GENERATIONS),
        "proc.apid": ("", *GENERATIONS),
        "thread.cgroup": tuple(f".{name}" for name in controllers.split()),
    }


@cache
def texts() -> list[str]:
    """The fields to print, as a format has them."""
    printable = [name for name, printable in listed_by_sysdig().items() if printable]
    return [
        name + end for name in printable if name not in UNPRINTABLE_IN_SYSDIG for end in arguments().get(name, ("",))
    ]


ALONE = ("proc.aname", "proc.apid")
"""Fields that sysdig only takes at the end of a format."""


class Stopped(Exception):
    """A program ended before the capture did."""


def records(command: list[str | Path], names: list[str]) -> Iterator[bytes]:
    """What a command prints for each event: values of these fields, and what ends them."""
    line = f"*@@%evt.num{SEPARATOR}%evt.type{SEPARATOR}" + SEPARATOR.join(f"%{name}" for name in names)
    words = [*command, "-p", line]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"}
    ) as ran:
        assert ran.stdout is not None
        rest = b""
        while chunk := ran.stdout.read(1 << 20):
            *whole, rest = (rest + chunk).split(BEGIN)
            yield from whole
        yield rest
    if ran.returncode:
        raise Stopped(f"{words[0]} stopped after {rest[-500:]!r}")


@dataclass(frozen=True)
class Deviation:
    """Where tracer knows better, and why: of some fields, the pairs of values that `explains` is true of.

    It is given the event's type, sysdig's value, and tracer's.
    """

    reason: str
    fields: str
    explains: Callable[[str, str, str], bool]


UDP_CALLS = ("sendto", "recvfrom", "sendmsg", "recvmsg", "close", "shutdown")
SOCKET_FIELDS = (
    "fd.name fd.containername fd.num fd.uid fd.type fd.typechar fd.directory fd.containerdirectory fd.sockfamily "
    "fd.connected fd.name_changed fd.is_server fd.cip fd.sip fd.lip fd.rip fd.cport fd.sport fd.lport fd.rport "
    "fd.cproto fd.sproto fd.lproto fd.rproto fd.l4proto"
)
UDP_FIELDS = (
    "fd.name fd.containername fd.name_changed fd.connected fd.is_server fd.cip fd.sip fd.lip fd.rip "
    "fd.cport fd.sport fd.lport fd.rport fd.cproto fd.sproto fd.lproto fd.rproto fd.directory fd.containerdirectory"
)

DEVIATIONS = (
    Deviation(
        "of threads that nobody announced sysdig shows the latency of the event before",
        "evt.latency.human",
        lambda kind, theirs, ours: ours == "0ns",
    ),
    Deviation(
        "sysdig prints uninitialised memory for descriptors whose device is not recorded",
        "fd.dev fd.dev.major fd.dev.minor",
        lambda kind, theirs, ours: ours == "0",
    ),
    Deviation(
        "sysdig reads 64 bits of a number that has 32",
        "group.gid",
        lambda kind, theirs, ours: int(theirs) % 2**32 == int(ours) % 2**32,
    ),
    Deviation(
        "of a socket that waits for clients sysdig reads an empty text as the client's port, and loses the server's",
        "fd.cport fd.cproto fd.sproto",
        lambda kind, theirs, ours: (theirs in ("0", "") and ours == "<NA>") or theirs == "",
    ),
    Deviation(
        "sysdig takes the bytes of one socket structure for another, and swaps the ends of a UDP socket back and forth",
        UDP_FIELDS,
        lambda kind, theirs, ours: kind in UDP_CALLS,
    ),
    Deviation(
        "sysdig takes the bytes of one socket structure for another, and swaps the ends of a UDP socket back and forth",
        "evt.args evt.info evt.arg[0] evt.arg.fd",
        lambda kind, theirs, ours: kind in UDP_CALLS and ("<4u>" in ours or "<6u>" in ours),
    ),
    Deviation(
        "sysdig prints the first four bytes of IPv6 addresses",
        "fdlist.sips fdlist.cips",
        lambda kind, theirs, ours: "::" in ours,
    ),
    Deviation(
        "sysdig cuts a number's digits, or a signal's, to as many as it has bytes",
        "evt.buffer",
        lambda kind, theirs, ours: kind == "ptrace",
    ),
    Deviation(
        "of an openat that failed in a directory's descriptor sysdig shows the directory",
        f"{SOCKET_FIELDS} fd.filename fd.dev fd.dev.major fd.dev.minor",
        lambda kind, theirs, ours: kind == "openat" and (ours == "<NA>" or theirs == ours.rpartition("/")[0]),
    ),
    Deviation(
        "sysdig reads parameters of events that grew since at the wrong place",
        "user.loginuid user.loginname proc.tty",
        lambda kind, theirs, ours: theirs in ("<NA>", "0") or not -1 <= int(theirs) < 2**31,
    ),
    Deviation(
        "for the exit of a call whose start was not seen sysdig takes descriptor 0",
        "fd.num fd.uid",
        lambda kind, theirs, ours: theirs == ours[:-2] + "0" and ours.endswith("-1"),
    ),
)


@dataclass
class Walk:
    """What came of a walk."""

    events: int = 0
    values: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    """Values that differ, by field, for a known reason."""
    unexplained: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    """One of each field with values that differ."""
    reasons: set[str] = field(default_factory=set)
    """Those that explained something."""

    @property
    def share(self) -> float:
        """Of the values, those that are equal."""
        return 1 - (self.explained.total() + self.unexplained.total()) / max(self.values, 1)


def walk(capture: Path) -> Walk:
    """Compares the values of all fields for all events of the capture.

    All in one go first; a field that differs then, once more by itself: in sysdig one may change what others print.
    """
    try:
        together = _walk(capture, [text for text in texts() if text not in ALONE])
    except Stopped:
        together = Walk(unexplained=Counter(texts()))
    found = Walk(together.events, together.values)
    for text in (*ALONE, *dict.fromkeys([*together.explained, *together.unexplained])):
        single = _walk(capture, [text])
        found.events = single.events
        found.values += single.events if text in ALONE or not together.events else 0
        found.explained += single.explained
        found.unexplained += single.unexplained
        found.examples |= single.examples
        found.reasons |= single.reasons
    return found


def _walk(capture: Path, names: list[str]) -> Walk:
    found = Walk()
    theirs, ours = (records([program, "-r", capture], names) for program in ("sysdig", TRACER))
    for their, our in zip_longest(theirs, ours, fillvalue=b""):
        found.events += 1
        found.values += len(names)
        if their != our:
            _compare(found, ["evt.num", "evt.type", *names], _columns(their), _columns(our))
    return found


def _columns(record: bytes) -> list[str]:
    return record.decode("utf-8", "surrogateescape").removeprefix("@@").rstrip("\n").split(SEPARATOR)


def _compare(found: Walk, names: list[str], theirs: list[str], ours: list[str]) -> None:
    assert len(theirs) == len(ours) == len(names), (theirs[:3], ours[:3])
    for name, their, our in zip(names, theirs, ours, strict=True):
        if their == our:
            continue
        reasons = [
            each.reason for each in DEVIATIONS if name in each.fields.split() and each.explains(theirs[1], their, our)
        ]
        found.reasons.update(reasons[:1])
        counter = found.explained if reasons else found.unexplained
        counter[name] += 1
        if counter[name] == 1 and (not reasons or name not in found.examples):
            found.examples[name] = f"event {theirs[0]} ({theirs[1]}): sysdig prints {their!r}, tracer {our!r}"


def main(captures: list[str]) -> int:
    """Walks the captures and prints what differs; returns whether anything unexplained does."""
    status = 0
    for name in captures:
        found = walk(Path(name))
        print(f"{name}: {found.events} events, {found.values} values, {found.share:.4%} equal", flush=True)
        for kind, counter in (("explained", found.explained), ("UNEXPLAINED", found.unexplained)):
            for text, count in counter.most_common():
                print(f"  {kind}: {text} {count} times; {found.examples[text]}", flush=True)
        status |= bool(found.unexplained)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
