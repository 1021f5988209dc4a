"""What the tests of the engine's state share: playing a script and noting fields of its events."""

from __future__ import annotations

from typing import Any

import tracer
from tracer.drivers.fake.script import Script


def note(script: Script, *fields: str, event: str | None = None) -> list[Any]:
    """The fields of each event while it is the latest: a value for one field, a tuple for several.

    With `event`, only of events of that name.
    """
    noted: list[Any] = []
    with tracer.play(script.source()) as events:
        for each in events:
            if event is None or each.name == event:
                values = tuple(each[field] for field in fields)
                noted.append(values if len(values) > 1 else values[0])
    return noted
