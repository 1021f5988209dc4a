"""Makes the fields of plugins known to the engine, which asks for them when it meets a field that it has not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from tracer.core import _engine
from tracer.core.plugins import Plugins, Provided, installed_plugins

if TYPE_CHECKING:
    from tracer.core.plugin import Field


def load_fields() -> None:
    """Adds the fields of all installed plugins to those of the engine."""
    add_fields(installed_plugins())


def add_fields(plugins: Plugins) -> None:
    """Adds the fields of these plugins; a plugin with one that cannot be added is switched off."""
    for name, provided in list(plugins.fields.items()):
        field = provided.thing
        try:
            _engine.add_field(
                name,
                field.type,
                field.description,
                field.extract,
                argument=field.argument,
                parse_argument=field.parse_argument,
                is_list=field.is_list,
                per=field.per,
                codes=codes_of(field.needs.event_types),
                failed=_failed(plugins, provided),
            )
        except Exception as error:
            switch_off(plugins, provided.plugin, error)
        else:
            _added[name] = provided


_added: dict[str, Provided[Field]] = {}


def plugin_fields(names: Iterable[str]) -> dict[str, Provided[Field]]:
    """Of fields as they are written, those that plugins bring, by their names without arguments."""
    found = [split[0] for split in map(_engine.split_field, names) if split is not None]
    return {name: _added[name] for name in found if name in _added}


def note_use(names: Iterable[str]) -> None:
    """Notes that these fields will be read: what they stand on runs beside the streams that begin from now on."""
    for name in names:
        split = _engine.split_field(name)
        if split is not None and split[0] in _added:
            with suppress(ValueError):  # of an argument that cannot be, whoever reads the field will tell
                _engine.check_field(split[0], split[1])


def switch_off(plugins: Plugins, plugin: str, error: BaseException, where: str = "") -> None:
    """Switches a plugin off that did something wrong, and tells the user, once. `where` stands before the error."""
    names = [name for name, field in plugins.fields.items() if field.plugin == plugin]
    failure = plugins.switch_off(plugin, error, where)
    for name in names:
        _engine.switch_off_field(name)
    if failure is not None:
        print(f"tracer: {failure}", file=sys.stderr)


def _failed(plugins: Plugins, provided: Provided[Field]) -> Callable[[BaseException], None]:
    def failed(error: BaseException) -> None:
        switch_off(plugins, provided.plugin, error, f"field {provided.thing.name}: ")

    return failed


def codes_of(event_types: Collection[str] | None) -> list[int] | None:
    """Codes of the events of these types; None for all. Raises ValueError for a type that there is not."""
    if event_types is None:
        return None
    from tracer.core.filter import FilterError, compile_filter
    from tracer.core.schema.tables import EVENT_TYPES

    if not event_types:
        return []
    try:
        wanted = compile_filter(f"evt.type in ({', '.join(sorted(event_types))})")
    except FilterError as error:
        raise ValueError(f"its event types cannot be used: {error}") from None
    return [event.code for event in EVENT_TYPES if wanted.may_match(event.code)]
