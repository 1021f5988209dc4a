"""Every field that sysdig lists has, for every event, the value that sysdig prints."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tracer.core._engine import CaptureSource, Format, Session, fields

CAPTURES = ("07-tiny.scap", "08-filter-cat.scap")

CLASSES_LEFT_OUT = ("span", "evtin", "mesos", "marathon")
"""Markers that programs write to /dev/null, and two schedulers: nothing here provides their values."""

ARGUMENTS = {
    "evt.abspath": ("", ".src", ".dst"),
    "evt.arg": ("[0]", "[1]", ".fd", ".res", ".name", ".flags", ".data"),
    "evt.rawarg": (".res", ".name"),
    "proc.aname": ("[0]", "[1]", "[3]"),
    "proc.apid": ("[0]", "[1]", "[3]"),
    "thread.cgroup": (".cpu", ".memory"),
    "container.mount": ("[0]",),
    "container.mount.source": ("[0]",),
    "container.mount.dest": ("[0]",),
    "container.mount.mode": ("[0]",),
    "container.mount.rdwr": ("[0]",),
    "container.mount.propagation": ("[0]",),
    "k8s.pod.label": (".foo",),
    "k8s.rc.label": (".foo",),
    "k8s.svc.label": (".foo",),
    "k8s.ns.label": (".foo",),
    "k8s.rs.label": (".foo",),
    "k8s.deployment.label": (".foo",),
}

UNPRINTABLE_IN_SYSDIG = {"evt.type.is": "its format parser takes the name for evt.type"}


@dataclass(frozen=True)
class Deviation:
    """Where the engine knows better: the reason, and which pairs of values (sysdig's, ours) it explains."""

    reason: str
    explains: Callable[[str, str], bool]


UNINITIALISED_DEVICE = Deviation(
    "sysdig prints uninitialised memory for pipes, whose device is not recorded", lambda theirs, ours: ours == "0"
)
DEVIATIONS = {
    "evt.latency.human": Deviation(
        "for threads that nobody announced sysdig repeats what it printed last", lambda theirs, ours: ours == "0ns"
    ),
    "fd.dev": UNINITIALISED_DEVICE,
    "fd.dev.major": UNINITIALISED_DEVICE,
    "fd.dev.minor": UNINITIALISED_DEVICE,
}

SEPARATOR = "\x1d"


@pytest.fixture(autouse=True, scope="module")
def utc() -> Iterator[None]:
    """Local times are those of UTC, here and in sysdig."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@cache
def listed_by_sysdig() -> dict[str, bool]:
    """Names in `sysdig -l`, and whether a format may have them."""
    listing = subprocess.run(["sysdig", "-l"], capture_output=True, text=True, check=True).stdout
    entries = re.findall(r"^([a-z][a-z0-9_]*\.[a-z0-9_.]+)(?:\s+(\(FILTER ONLY\))?|$)", listing, re.MULTILINE)
    return {name: not filter_only for name, filter_only in entries if name.split(".")[0] not in CLASSES_LEFT_OUT}


def texts() -> list[str]:
    """The fields to print, as a format has them."""
    printed = []
    for name, printable in listed_by_sysdig().items():
        if printable and name not in UNPRINTABLE_IN_SYSDIG:
            printed += [name + argument for argument in ARGUMENTS.get(name, ("",))]
    return printed


def line_format() -> str:
    """Each event begins with a mark and its number, so that values may hold newlines."""
    return f"*@@%evt.num{SEPARATOR}" + SEPARATOR.join(f"%{text}" for text in texts()) + SEPARATOR


def values(output: bytes) -> dict[int, dict[str, str]]:
    """The values by event number and field."""
    names = texts()
    by_number = {}
    for part in re.split(rf"(?:^|\n)@@(?=\d+{SEPARATOR})", output.decode("utf-8", "surrogateescape"))[1:]:
        number, *columns, _ = part.split(SEPARATOR)
        assert len(columns) == len(names)
        by_number[int(number)] = dict(zip(names, columns, strict=True))
    return by_number


@cache
def printed_by_sysdig(capture: Path) -> dict[int, dict[str, str]]:
    command = ["sysdig", "-r", str(capture), "-p", line_format()]
    return values(subprocess.run(command, capture_output=True, check=True).stdout)


@cache
def printed_by_engine(capture: Path) -> dict[int, dict[str, str]]:
    session = Session(CaptureSource(str(capture)))
    line = Format.line(line_format())
    with tempfile.TemporaryFile() as output:
        while session.run(format=line, output_fd=output.fileno()):
            pass
        output.seek(0)
        return values(output.read())


@pytest.mark.sysdig
def test_every_field_that_sysdig_lists_exists() -> None:
    ours = {field.name: field for field in fields()}
    assert listed_by_sysdig().keys() <= ours.keys()
    assert len(listed_by_sysdig()) > 200
    for name, printable in listed_by_sysdig().items():
        assert ours[name].filter_only == (not printable), name


@pytest.mark.sysdig
@pytest.mark.parametrize("name", CAPTURES)
def test_the_events_are_those_that_sysdig_prints(name: str, captures: Path) -> None:
    capture = captures / name
    assert list(printed_by_engine(capture)) == list(printed_by_sysdig(capture))


@pytest.mark.sysdig
@pytest.mark.parametrize("name", CAPTURES)
def test_every_value_is_the_one_that_sysdig_prints(name: str, captures: Path) -> None:
    capture = captures / name
    wrong = []
    for number, theirs in printed_by_sysdig(capture).items():
        ours = printed_by_engine(capture)[number]
        for text, value in theirs.items():
            deviation = DEVIATIONS.get(text)
            if ours[text] != value and not (deviation and deviation.explains(value, ours[text])):
                wrong.append(f"event {number}, {text}: sysdig prints {value!r}, the engine {ours[text]!r}")
    assert wrong == []


@pytest.mark.sysdig
def test_no_deviation_is_listed_that_does_not_occur(captures: Path) -> None:
    occurring = {
        text
        for name in CAPTURES
        for number, theirs in printed_by_sysdig(captures / name).items()
        for text, value in theirs.items()
        if printed_by_engine(captures / name)[number][text] != value
    }
    by_chance = {name for name, deviation in DEVIATIONS.items() if deviation is UNINITIALISED_DEVICE}
    assert DEVIATIONS.keys() - by_chance <= occurring
