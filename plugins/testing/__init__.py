"""For tests of plugins, chisels and rules, and of what programs do: events to ask, with failures that read well.

    events = events_of("capture.scap")                 # or a script of the fake driver
    assert not events.matching("fd.type in (ipv4,ipv6)")
    assert events.matching("evt.type=openat").values("proc.name", "fd.name") == [("cat", "/etc/passwd")]

    with record_events() as events:                    # what this process and its children really do
        ...

As pytest fixtures they need no import: see `tracer.plugins.testing.plugin`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.plugins.testing.events import Events as Events
    from tracer.plugins.testing.events import MatchingEvents as MatchingEvents
    from tracer.plugins.testing.events import Rows as Rows
    from tracer.plugins.testing.events import SeenEvent as SeenEvent
    from tracer.plugins.testing.recording import CannotRecord as CannotRecord
    from tracer.plugins.testing.recording import record_events as record_events
    from tracer.plugins.testing.sources import capture_of as capture_of
    from tracer.plugins.testing.sources import events_of as events_of

_HOMES = {
    "CannotRecord": "recording",
    "Events": "events",
    "MatchingEvents": "events",
    "Rows": "events",
    "SeenEvent": "events",
    "capture_of": "sources",
    "events_of": "sources",
    "record_events": "recording",
}

__all__ = [
    "CannotRecord",
    "Events",
    "MatchingEvents",
    "Rows",
    "SeenEvent",
    "capture_of",
    "events_of",
    "record_events",
]


def __getattr__(name: str) -> object:
    """Imports the module that a public name lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tracer.plugins.testing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"tracer.plugins.testing.{_HOMES[name]}"), name)
