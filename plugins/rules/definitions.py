"""What rules files define, as it is written: nothing here is resolved or compiled yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from tracer.plugins.rules.context import Context

SYSCALL_SOURCE = "syscall"
"""The source of events that rules are for if they do not name another."""


class Priority(IntEnum):
    """How bad it is when a rule matches; the least number is the worst."""

    EMERGENCY = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7

    @classmethod
    def parse(cls, text: str) -> Priority | None:
        """The priority of this name, in any case; None if there is none."""
        return cls.__members__.get("INFORMATIONAL" if text.upper() == "INFO" else text.upper())

    @property
    def title(self) -> str:
        """The name as alerts show it."""
        return self.name.capitalize()


@dataclass
class Entry:
    """A text, or a list of entries; neither where nothing is given."""

    item: str = ""
    items: list[Entry] = field(default_factory=list)
    is_list: bool = False

    @property
    def is_given(self) -> bool:
        """Whether there is anything."""
        return bool(self.items) if self.is_list else bool(self.item)


@dataclass
class ExceptionInfo:
    """Under which conditions a rule that matches says nothing."""

    name: str
    context: Context
    fields: Entry = field(default_factory=Entry)
    comps: Entry = field(default_factory=Entry)
    values: list[Entry] = field(default_factory=list)


@dataclass
class ListInfo:
    """A list."""

    name: str
    context: Context
    items: list[str]
    index: int = 0
    """When it was first defined: definitions are counted over all files."""
    visibility: int = 0
    """When it was last changed: it sees what was first defined before that."""


@dataclass
class MacroInfo:
    """A named condition."""

    name: str
    context: Context
    condition: str
    condition_context: Context
    index: int = 0
    """As in ListInfo."""
    visibility: int = 0
    """As in ListInfo."""


@dataclass
class RuleInfo:
    """A rule."""

    name: str
    context: Context
    condition: str
    condition_context: Context
    output: str
    output_context: Context
    description: str
    priority: Priority
    source: str = SYSCALL_SOURCE
    unknown_source: bool = False
    enabled: bool = True
    capture: bool = False
    capture_duration_ms: int = 0
    warn_evttypes: bool = True
    skip_if_unknown_filter: bool = False
    tags: set[str] = field(default_factory=set)
    exceptions: list[ExceptionInfo] = field(default_factory=list)


@dataclass
class RuleUpdate:
    """Changes of a rule; None leaves a part as it is."""

    name: str
    context: Context
    source: str = ""
    condition: str | None = None
    output: str | None = None
    description: str | None = None
    priority: Priority | None = None
    tags: set[str] | None = None
    exceptions: list[ExceptionInfo] | None = None
    enabled: bool | None = None
    capture: bool | None = None
    capture_duration_ms: int | None = None
    warn_evttypes: bool | None = None
    skip_if_unknown_filter: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        parts = vars(self).items()
        return all(value is None for name, value in parts if name not in ("name", "context", "source"))
