"""What runs beside a stream: consumers, which see the events that they need whatever else becomes of these."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from tracer.core.needs import filter_text

if TYPE_CHECKING:
    from tracer.core._engine import Event, Session
    from tracer.core.plugin import Consumer, Needs


class NamedConsumer(NamedTuple):
    """A consumer, what it needs, and what messages call it."""

    consumer: Consumer
    needs: Needs
    name: str
    failed: Callable[[BaseException], None]
    """Told of what it does wrong, once."""
    origin: object = None
    """What made it, for one that a field stands on."""


def caller_consumers(consumers: Iterable[Consumer]) -> list[NamedConsumer]:
    """Consumers that a program brings itself: what they raise is the program's."""

    def failed(error: BaseException) -> None:
        raise error

    return [NamedConsumer(one, one.needs(), type(one).__name__, failed) for one in consumers]


def plugin_consumers(texts: Iterable[str]) -> list[NamedConsumer]:
    """Those that ``--with NAME[:ARGUMENT]`` asks for. Raises PluginError for one that there is not."""
    from tracer.core.plugin import PluginError
    from tracer.core.plugins import installed_plugins

    made = []
    for text in texts:
        name, _, argument = text.partition(":")
        plugins = installed_plugins()
        provided = plugins.consumers.get(name)
        if provided is None:
            there = ", ".join(sorted(plugins.consumers)) or "none"
            raise PluginError(f"--with {name}: no consumer is called so; installed are: {there}")
        consumer = provided.thing.make(argument)
        made.append(NamedConsumer(consumer, consumer.needs(), name, switching_off(provided.plugin, name)))
    return made


def field_consumers(names: Collection[str]) -> list[NamedConsumer]:
    """Those that fields of plugins need to be told what they tell: of the fields among these names."""
    from tracer.core.plugin_fields import plugin_fields

    made = {}
    for name, provided in plugin_fields(names).items():
        make = provided.thing.consumer
        if make is not None and make not in made:
            consumer = make()
            failed = switching_off(provided.plugin, f"consumer of {name}")
            made[make] = NamedConsumer(consumer, consumer.needs(), name, failed, make)
    return list(made.values())


def switching_off(plugin: str, where: str) -> Callable[[BaseException], None]:
    """What has a plugin switched off when it goes wrong."""

    def failed(error: BaseException) -> None:
        from tracer.core.plugin_fields import switch_off
        from tracer.core.plugins import installed_plugins

        switch_off(installed_plugins(), plugin, error, f"{where}: ")

    return failed


class Handle:
    """A running stream, as plugins see it (see `tracer.core.plugin.StreamHandle`)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_live = session.is_of_this_machine

    def add_event(self, name: str, data: bytes | str, *, plugin_id: int = 0, tid: int = -1) -> None:
        """Adds an asynchronous event. Raises BufferError where too many wait already."""
        from tracer.core.records import encode_record

        text = data.encode(errors="surrogateescape") if isinstance(data, str) else data
        self._add(encode_record("ASYNCEVENT_E", 0, tid, {"plugin_id": plugin_id, "name": name, "data": text}))

    def set_container(self, container: Mapping[str, object]) -> None:
        """Says what is known of a container. Raises ValueError without an id, BufferError where too many wait."""
        from tracer.core.containers import container_record

        self._add(container_record(container))

    def _add(self, record: bytes) -> None:
        if not self._session.add_record(record):
            raise BufferError("too many added events wait to be read from the stream")


class RunningConsumers:
    """Consumers at work on a session, until they are finished."""

    def __init__(self, session: Session, consumers: Sequence[NamedConsumer]) -> None:
        """Starts them. Raises PluginError where one says that it cannot do its work."""
        from tracer.core.plugin import PluginError

        self._session = session
        self._running: list[NamedConsumer] = []
        self._is_over = False
        handle = Handle(session)
        for one in consumers:
            try:
                one.consumer.start(handle)
            except PluginError as error:
                self.finish()
                raise PluginError(f"{one.name}: {error}") from error
            except Exception as error:
                one.failed(error)
                continue
            self._running.append(one)
            self._tap(one)

    def _tap(self, one: NamedConsumer) -> None:
        from tracer.core.filter import compile_filter

        on_event = one.consumer.on_event

        def call(event: Event) -> bool:
            if self._is_over:
                return False
            try:
                on_event(event)
            except Exception as error:
                one.failed(error)
                return False
            return True

        text = filter_text(one.needs)
        if one.needs.event_types is None or one.needs.event_types:
            self._session.add_tap(call, compile_filter(text) if text else None)

    def finish(self) -> None:
        """Tells them that the stream has ended; may be called twice."""
        running, self._running = self._running, []
        self._is_over = True
        with suppress(RuntimeError):  # another thread is reading: then the taps go at its next event
            self._session.remove_taps()
        for one in running:
            try:
                one.consumer.finish()
            except Exception as error:
                one.failed(error)
