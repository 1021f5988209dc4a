"""Fields for tracer: which place of the machine a file is in, and how many files of a place a process has opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import Field, Needs, StreamHandle, ThreadState, hookimpl

if TYPE_CHECKING:
    from tracer import Event

PLACES = {
    "configuration": ("/etc/",),
    "programs": ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"),
    "libraries": ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"),
    "logs": ("/var/log/",),
    "temporary": ("/tmp/", "/var/tmp/", "/dev/shm/"),
    "kernel": ("/proc/", "/sys/"),
    "home": ("/home/", "/root/"),
}

OPENING = ("open", "openat", "openat2", "creat")


def place_of(path: str) -> str | None:
    """The place that a path is in; None if it is in none."""
    return next((place for place, starts in PLACES.items() if path.startswith(starts)), None)


def name(event: Event, argument: None) -> str | None:
    """``place.name``: the place of the event's file."""
    descriptor = event.descriptor
    return place_of(descriptor.name) if descriptor and descriptor.type == "file" else None


opened = ThreadState(Counter, inherit=Counter)
"""How many files of each place a thread has opened; a new thread begins with its parent's."""


class Openings:
    """Counts what is opened, wherever ``place.opened`` is in use."""

    def needs(self) -> Needs:
        """Only calls that open something."""
        return Needs(filter="fd.num >= 0", event_types=OPENING, fields=("fd.num", "fd.name"))

    def start(self, stream: StreamHandle) -> None:
        """Nothing to prepare."""

    def on_event(self, event: Event) -> None:
        """One more."""
        place = name(event, None)
        if place:
            opened[event][place] += 1

    def finish(self) -> None:
        """Nothing to close."""


def parse_place(text: str | None) -> str | None:
    """The argument of ``place.opened``: a place, or None for all. Raises ValueError."""
    if text is not None and text not in PLACES:
        raise ValueError(f"there is no such place; there are: {', '.join(PLACES)}")
    return text


def count(event: Event, place: str | None) -> int:
    """``place.opened`` and ``place.opened[PLACE]``: how many files the thread has opened there."""
    counts = opened[event]
    return sum(counts.values()) if place is None else counts[place]


@hookimpl
def tracer_fields() -> Sequence[Field]:
    """The two fields."""
    return [
        Field(
            "place.name",
            "charbuf",
            f"Where the file is: {', '.join(PLACES)}.",
            name,
            per="descriptor",
            needs=Needs(fields=("fd.name",)),
        ),
        Field(
            "place.opened",
            "uint64",
            "How many files the thread has opened, in all or in one place.",
            count,
            argument="optional",
            parse_argument=parse_place,
            consumer=Openings,
        ),
    ]
