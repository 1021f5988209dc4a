"""Events that a test asks about, and how they show where an assertion fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, overload

import tracer

SHOWN_EVENTS = 10
"""Of many events, how many a message shows."""

SHORT_SHOWN_EVENTS = 2
"""The same in one line."""

OpenStream = Callable[["str | None"], tracer.EventStream]
"""Opens the events anew, with a filter or without."""


class SeenEvent(NamedTuple):
    """An event as it was when it passed."""

    event: tracer.Event
    description: str
    """``12 cat openat res=3 /etc/passwd``: its number, process, name, outcome and descriptor."""

    @property
    def number(self) -> int:
        """Its place in the stream."""
        return self.event.number


class Events:
    """Events that can be gone through as often as there are questions."""

    def __init__(self, open_stream: OpenStream, what: str, only: str = "") -> None:
        """`what` is what messages call them; `only` is a filter that limits them all."""
        self._open = open_stream
        self._what = what
        self._only = only

    def matching(self, filter: str = "") -> MatchingEvents:
        """Those that pass a filter; all without one. Raises FilterError."""
        return MatchingEvents(self, filter)

    def stream(self, filter: str = "") -> tracer.EventStream:
        """The same as a stream, to be closed by the caller."""
        # A filter that is wrong is shown as the test has it.
        if self._only and filter:
            self._open(filter).close()
        both = f"{self._only} and ({filter})" if self._only and filter else self._only or filter
        return self._open(both or None)

    def __repr__(self) -> str:
        return f"<events of {self._what}>"

    def assert_none(self, filter: str) -> None:
        """Fails with the events that pass the filter, if there are any."""
        __tracebackhide__ = True
        found = self.matching(filter)
        if found:
            raise AssertionError(f"no event of {self._what} should match {filter!r}, but {found.listing()}")

    def assert_some(self, filter: str, count: int | None = None) -> MatchingEvents:
        """Fails unless events pass the filter, as many as `count` says if it is given; gives them."""
        __tracebackhide__ = True
        found = self.matching(filter)
        if count is None and not found:
            whole = self.matching()
            raise AssertionError(f"no event of {self._what} matches {filter!r}; of all of them, {whole.listing()}")
        if count is not None and len(found) != count:
            expected = f"{count} event{'' if count == 1 else 's'}"
            raise AssertionError(f"{expected} of {self._what} should match {filter!r}, but {found.listing()}")
        return found


class MatchingEvents(Sequence[SeenEvent]):
    """The events that pass a filter."""

    def __init__(self, events: Events, filter: str) -> None:
        self._events = events
        self.filter = filter
        with events.stream(filter) as stream:
            self._seen = [SeenEvent(event, _describe(event)) for event in stream]

    def values(self, *fields: str) -> Rows:
        """The values of these fields in each event: a tuple of them, or the value itself of a single field."""
        rows = Rows(fields)
        with self._events.stream(self.filter) as stream:
            for event in stream:
                row = tuple(event[field] for field in fields)
                rows.append(row[0] if len(fields) == 1 else row)
                rows.descriptions.append(_describe(event))
        return rows

    @property
    def names(self) -> list[str]:
        """The names of the events, in order."""
        return [seen.event.name for seen in self._seen]

    def listing(self) -> str:
        """How many there are, and a line for each of the first ones."""
        count = len(self._seen)
        if count == 0:
            return "there is none"
        lines = [f"  {seen.description}" for seen in self._seen[:SHOWN_EVENTS]]
        if count > SHOWN_EVENTS:
            lines.append(f"  ... and {count - SHOWN_EVENTS} more")
        return "\n".join([f"there {'is one' if count == 1 else f'are {count}'}:", *lines])

    @overload
    def __getitem__(self, at: int) -> SeenEvent: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[SeenEvent]: ...
    def __getitem__(self, at: int | slice) -> SeenEvent | Sequence[SeenEvent]:
        return self._seen[at]

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[SeenEvent]:
        return iter(self._seen)

    def __repr__(self) -> str:
        count = len(self._seen)
        first = "; ".join(seen.description for seen in self._seen[:SHORT_SHOWN_EVENTS])
        more = "; ..." if count > SHORT_SHOWN_EVENTS else ""
        return f"<{count} event{'' if count == 1 else 's'}{': ' if count else ''}{first}{more}>"


class Rows(list[Any]):
    """Values of fields, event by event. Compares as a list does; where it differs, pytest says in which event."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self.descriptions: list[str] = []
        """Of the event of each row."""

    def differences(self, expected: Sequence[Any]) -> list[str]:
        """What differs from what was expected, in lines."""
        lines = []
        for place, (row, wanted) in enumerate(zip(self, expected, strict=False)):
            if row == wanted:
                continue
            lines.append(f"event {place}: {self.descriptions[place]}")
            lines += [f"  {field} is {was!r}, expected {want!r}" for field, was, want in self._pairs(row, wanted)]
        for place in range(len(expected), len(self)):
            lines.append(f"event {place}: {self.descriptions[place]}")
            lines.append(f"  is one too many: {self[place]!r}")
        lines += [f"event {place} is missing: {expected[place]!r}" for place in range(len(self), len(expected))]
        return lines

    def _pairs(self, row: Any, wanted: Any) -> list[tuple[str, Any, Any]]:
        if len(self.fields) == 1:
            return [(self.fields[0], row, wanted)]
        if not isinstance(wanted, tuple) or len(wanted) != len(self.fields):
            return [(", ".join(self.fields), row, wanted)]
        return [each for each in zip(self.fields, row, wanted, strict=True) if each[1] != each[2]]


def _describe(event: tracer.Event) -> str:
    descriptor = event.descriptor
    parts = [
        str(event.number),
        event.thread.name if event.thread else "",
        event.name,
        ">" if event.is_enter else "",
        _outcome(event),
        descriptor.name if descriptor else "",
    ]
    return " ".join(part for part in parts if part)


def _outcome(event: tracer.Event) -> str:
    """What a call returned, or the name of its error."""
    name, value = event["evt.res"], event["evt.rawres"]
    if name is None:
        return ""
    return f"res={value if name == 'SUCCESS' else name}"
