"""From what the user asked for to a running session: the driver's source, joined with the engine."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from tracer.core._engine import NativeSource, Session
from tracer.core.driver import Driver, DriverError, Plan, Source, Statistics, engine_source
from tracer.core.driver_choice import DriverChoice, DriverRequest, choose_driver

if TYPE_CHECKING:
    from tracer.core._engine import Filter
    from tracer.core.consumers import NamedConsumer, RunningConsumers
    from tracer.core.containers import ContainerLookups
    from tracer.core.plugin import ContainerEngine


class Misses(NamedTuple):
    """Events about what nothing had told of: their fields have no value."""

    threads: int
    descriptors: int


class OpenSession:
    """A source and the engine's session over it; closes the source at the end of a `with` block."""

    def __init__(self, session: Session, source: Source, native: NativeSource) -> None:
        self.session = session
        self.source = source
        self.native = native
        """The engine's side of `source`."""
        self._consumers: list[RunningConsumers] = []
        self._origins: set[object] = set()
        """Of the consumers that run, what made them."""
        self.choice: DriverChoice | None = None
        """How the driver was chosen; None for a source that the caller brought."""
        self._lookups: ContainerLookups | None = None
        here = weakref.ref(self)

        def before_first() -> None:
            opened = here()
            if opened is not None:
                opened.follow_fields()

        session.set_before_first(before_first)

    def start(self) -> None:
        """Loads the source's tables; from then on containers of this machine are looked up.

        It waits a moment for what container engines know of the containers that run already. Raises FormatError,
        OSError.
        """
        self.session.start()
        if self.session.is_of_this_machine and self._lookups is None:
            from tracer.core.containers import ContainerLookups

            self._lookups = ContainerLookups(self.session, _container_engines)
            self._lookups.start()

    def run_consumers(self, consumers: Sequence[NamedConsumer]) -> None:
        """Starts what runs beside the stream; it is finished when the session is closed. Raises PluginError."""
        if not consumers:
            return
        from tracer.core.consumers import RunningConsumers

        self.session.start()
        self._origins.update(one.origin for one in consumers)
        self._consumers.append(RunningConsumers(self.session, consumers))

    def follow_fields(self) -> None:
        """Starts what fields of plugins stand on that are in use by now, before the first event."""
        if "tracer.core.plugin_fields" not in sys.modules:
            return
        from tracer.core._engine import plugin_fields_in_use
        from tracer.core.consumers import field_consumers
        from tracer.core.plugin import PluginError

        for one in field_consumers(plugin_fields_in_use()):
            if one.origin not in self._origins:
                try:
                    self.run_consumers([one])
                except PluginError as error:
                    one.failed(error)

    def statistics(self) -> Statistics:
        """What the source has seen and lost so far."""
        return self.source.statistics()

    def misses(self) -> Misses:
        """What the engine has looked up in vain so far."""
        counts = self.session.statistics
        return Misses(counts["thread_misses"], counts["descriptor_misses"])

    def close(self) -> None:
        """Stops the source; may be called twice."""
        if self._lookups is not None:
            self._lookups.close()
        for running in self._consumers:
            running.finish()
        self.source.close()

    def __enter__(self) -> OpenSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _container_engines() -> list[ContainerEngine]:
    from tracer.core.plugins import installed_plugins

    return [engine.thing for engine in installed_plugins().container_engines.values()]


def open_session(
    request: DriverRequest,
    plan: Plan,
    filter: Filter | None = None,
    show_internal: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> OpenSession:
    """Chooses a driver, opens its source and a session over it. Raises DriverError, OSError, FormatError."""
    if request.capture is not None and request.option is None:
        # What else is installed does not matter, and takes longer to find out than a small capture to read.
        from tracer.drivers.fake.driver import FakeDriver

        choice = DriverChoice(FakeDriver(), request.capture, "by -r")
    else:
        from tracer.core.plugins import installed_plugins

        choice = choose_driver(installed_plugins(), request, environment)
    return open_choice(choice, plan, filter, show_internal)


def open_choice(
    choice: DriverChoice, plan: Plan, filter: Filter | None = None, show_internal: bool = False
) -> OpenSession:
    """The same for a driver that is already chosen."""
    refuse_what_is_lacking(choice.driver, plan)
    opened = open_source(choice.driver.open(choice.argument, plan), filter, show_internal)
    opened.choice = choice
    return opened


CAPABILITY_NAMES = {"uprobes": "user probes", "stacks": "stack traces"}
"""What a plan may need, in words."""


def refuse_what_is_lacking(driver: Driver, plan: Plan) -> None:
    """Raises DriverError if the plan needs a capability that the driver has not."""
    for capability in sorted(plan.needs() - driver.capabilities):
        from tracer.core.plugins import installed_plugins

        able = [name for name, one in installed_plugins().drivers.items() if capability in one.thing.capabilities]
        raise DriverError(
            f"the driver {driver.name} has no {CAPABILITY_NAMES[capability]} (capability {capability}); "
            f"use one that has: {', '.join(sorted(able)) or 'none is installed'}"
        )


def open_source(source: Source, filter: Filter | None = None, show_internal: bool = False) -> OpenSession:
    """A session over a source that the caller made, a scripted one for instance."""
    try:
        native = engine_source(source)
        return OpenSession(Session(native, filter, show_internal), source, native)
    except BaseException:
        source.close()
        raise
