"""Whether what a plugin returns from a hook is what it ought to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tracer.core.driver import Driver
from tracer.core.plugin import Chisel, ChiselFinder, Command, ConsumerKind, ContainerEngine, Field, OutputFormat

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_ARGUMENT_KINDS = ("none", "optional", "required")
_KEPT_PER = ("event", "thread", "process", "descriptor")


def check(hook: str, thing: Any) -> None:
    """Raises TypeError or ValueError, for the plugin's author, if `thing` is no answer to the hook."""
    shape, what, lacks, check_more = _SHAPES[hook]
    if not isinstance(thing, shape):
        raise TypeError(f"{thing!r} is not {what}: it lacks {lacks}")
    if not isinstance(thing.name, str):
        raise TypeError(f"{thing.name!r} cannot be the name of {what}: it is no text")
    check_more(thing)


def _check_driver(driver: Driver) -> None:
    if not driver.name or ":" in driver.name:
        raise ValueError(f"{driver.name!r} cannot be a driver's name: it is empty or has a colon")


def _check_word(thing: Any) -> None:
    if not _WORD.fullmatch(thing.name):
        raise ValueError(f"{thing.name!r} cannot be a name: it is not made of letters, digits, dots, - and _")


def _check_command(command: Command) -> None:
    from tracer.core.cli.main import COMMANDS

    _check_word(command)
    if command.name in COMMANDS:
        raise ValueError(f"the command name {command.name} is tracer's own")


def _check_field(field: Field) -> None:
    from tracer.core import _engine

    if not _FIELD.fullmatch(field.name):
        raise ValueError(f"{field.name!r} cannot be a field's name: it is not FAMILY.NAME in lower case")
    if not callable(field.extract):
        raise TypeError(f"{field.name}: extract is not callable")
    if field.argument not in _ARGUMENT_KINDS:
        raise ValueError(f"{field.name}: argument is {field.argument!r}, not one of {', '.join(_ARGUMENT_KINDS)}")
    if field.per not in _KEPT_PER:
        raise ValueError(f"{field.name}: per is {field.per!r}, not one of {', '.join(_KEPT_PER)}")
    for own in _engine.own_fields():
        if field.name == own.name or (own.argument != "none" and field.name.startswith(own.name + ".")):
            raise ValueError(f"the field name {field.name} is tracer's own")


_SHAPES: dict[str, tuple[type[Any], str, str, Callable[[Any], None]]] = {
    "tracer_drivers": (Driver, "a driver", "a name, a summary, capabilities, readiness() or open()", _check_driver),
    "tracer_fields": (Field, "a field", "being made as tracer.core.plugin.Field", _check_field),
    "tracer_consumers": (
        ConsumerKind,
        "a kind of consumer",
        "being made as tracer.core.plugin.ConsumerKind",
        _check_word,
    ),
    "tracer_chisels": (Chisel, "a chisel", "a name, a category, a summary, a description or arguments", _check_word),
    "tracer_chisel_finders": (ChiselFinder, "a finder of chisels", "a name, a summary, find() or all()", _check_word),
    "tracer_outputs": (
        OutputFormat,
        "an output format",
        "a name, a summary, is_text, needs() or write()",
        _check_word,
    ),
    "tracer_commands": (Command, "a command", "a name, a summary, add_arguments() or run()", _check_command),
    "tracer_container_engines": (
        ContainerEngine,
        "a container engine",
        "a name, a summary or look_up()",
        _check_word,
    ),
}
