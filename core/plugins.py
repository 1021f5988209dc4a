"""Finding and loading plugins: every entry point of the group `tracer`, each on its own risk.

A plugin that cannot be loaded, or breaks later, is switched off and remembered, with the reason; the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from tracer.core.driver import ENTRY_POINT_GROUP

if TYPE_CHECKING:
    import pluggy

    from tracer.core.driver import Driver
    from tracer.core.entry_points import EntryPoint
    from tracer.core.plugin import Chisel, ChiselFinder, Command, ConsumerKind, ContainerEngine, Field, OutputFormat

Thing = TypeVar("Thing")

DISABLING_VARIABLE = "TRACER_DISABLE_PLUGINS"
OWN_DISTRIBUTION = "tracer"

_disabled: set[str] = set()


class PluginFailure(NamedTuple):
    """A plugin that was left out, or switched off."""

    plugin: str
    """Name of its entry point."""
    distribution: str
    """Name and version of the distribution that brings it."""
    error: str
    """One line: what went wrong."""

    def __str__(self) -> str:
        return f"plugin {self.plugin} of {self.distribution} is left out: {self.error}"


class Provided(NamedTuple, Generic[Thing]):
    """A driver, field, command, ... and where it comes from."""

    thing: Thing
    plugin: str
    distribution: str


class Plugins:
    """The plugins that could be loaded, what they provide, and those that could not."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.distributions: dict[str, str] = {}
        """Of each plugin that is loaded, by its name."""
        self.failures: list[PluginFailure] = []
        self._provided: dict[str, dict[str, Provided[Any]]] = {}

    @property
    def drivers(self) -> Mapping[str, Provided[Driver]]:
        """By name, as in all the others."""
        return self._of("tracer_drivers")

    @property
    def fields(self) -> Mapping[str, Provided[Field]]:
        """Fields beside those of the engine."""
        return self._of("tracer_fields")

    @property
    def consumers(self) -> Mapping[str, Provided[ConsumerKind]]:
        """What ``--with`` knows."""
        return self._of("tracer_consumers")

    @property
    def chisels(self) -> Mapping[str, Provided[Chisel]]:
        """What ``-c`` knows."""
        return self._of("tracer_chisels")

    @property
    def chisel_finders(self) -> Mapping[str, Provided[ChiselFinder]]:
        """Where ``-c`` looks for what it does not know."""
        return self._of("tracer_chisel_finders")

    @property
    def outputs(self) -> Mapping[str, Provided[OutputFormat]]:
        """What ``tracer export --to`` knows beside its own."""
        return self._of("tracer_outputs")

    @property
    def commands(self) -> Mapping[str, Provided[Command]]:
        """Sub-commands beside tracer's own."""
        return self._of("tracer_commands")

    @property
    def container_engines(self) -> Mapping[str, Provided[ContainerEngine]]:
        """What knows containers."""
        return self._of("tracer_container_engines")

    def _of(self, hook: str) -> Mapping[str, Provided[Any]]:
        """What the plugins answer to this hook; each is asked once."""
        if hook not in self._provided:
            self._provided[hook] = {}
            for plugin in list(self.distributions):
                self._ask(plugin, hook)
        return self._provided[hook]

    def add(self, plugin: str, distribution: str, module: object) -> None:
        """Takes in a plugin. Raises what is wrong with its hooks."""
        if self.manager.has_plugin(plugin):
            raise ValueError(f"another plugin is called {plugin} too")
        try:
            self.manager.register(module, plugin)
            self.manager.check_pending()
        except BaseException:
            if self.manager.has_plugin(plugin):
                self.manager.unregister(name=plugin)
            raise
        self.distributions[plugin] = distribution

    def _ask(self, plugin: str, hook: str) -> None:
        from tracer.core.plugin_shapes import check

        others = [other for name, other in self.manager.list_name_plugin() if name != plugin]
        taken = self._provided[hook]
        try:
            answers = self.manager.subset_hook_caller(hook, remove_plugins=others)()
            things = [thing for answer in answers for thing in answer]
            for thing in things:
                check(hook, thing)
                if thing.name in taken:
                    what = hook.removeprefix("tracer_").removesuffix("s").replace("_", " ")
                    raise ValueError(f"the {what} name {thing.name} is taken by {taken[thing.name].distribution}")
        except (Exception, SystemExit) as error:
            self.switch_off(plugin, error)
        else:
            for thing in things:
                taken[thing.name] = Provided(thing, plugin, self.distributions[plugin])

    def switch_off(self, plugin: str, error: BaseException, where: str = "") -> PluginFailure | None:
        """Leaves a plugin out from now on; None if it was already. `where` stands before the error."""
        if plugin not in self.distributions:
            return None
        failure = PluginFailure(plugin, self.distributions.pop(plugin), where + _one_line(error))
        self.failures.append(failure)
        self.manager.unregister(name=plugin)
        for hook, things in self._provided.items():
            self._provided[hook] = {name: thing for name, thing in things.items() if thing.plugin != plugin}
        return failure


def disable(names: str) -> None:
    """Loads none of these plugins: names with commas in between; "1" or "all" for all but tracer's own."""
    _disabled.update(_names(names))
    installed_plugins.cache_clear()


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",") if name.strip()}


@cache
def installed_plugins() -> Plugins:
    """The plugins of all installed distributions, loaded at the first call."""
    from tracer.core.entry_points import installed_entry_points

    disabled = _disabled | _names(os.environ.get(DISABLING_VARIABLE, ""))
    points = installed_entry_points(ENTRY_POINT_GROUP)
    if not is_lent_rights():
        return load_plugins(points, disabled)
    from tracer.core.plugin_trust import why_untrusted

    return load_plugins(points, disabled, why_untrusted)


def is_lent_rights() -> bool:
    """Whether another user has this process run as root."""
    return os.geteuid() == 0 and (os.environ.get("SUDO_UID", "0") != "0" or os.getuid() != 0)


def load_plugins(
    points: Iterable[EntryPoint],
    disabled: Set[str] = frozenset(),
    why_refused: Callable[[EntryPoint], str] = lambda point: "",
) -> Plugins:
    """Loads each of these entry points. Never raises for what a plugin does wrong.

    `disabled` are names, as for `disable`; `why_refused` gives the reason why an entry point may not be loaded.
    """
    import pluggy

    from tracer.core.hooks import Hooks

    manager = pluggy.PluginManager(ENTRY_POINT_GROUP)
    manager.add_hookspecs(Hooks)
    plugins = Plugins(manager)
    # Where two distributions claim a name, tracer's own keeps it.
    for point in sorted(points, key=lambda point: (not _is_own(point), point.name)):
        if point.name in disabled or (not _is_own(point) and disabled & {"1", "all"}):
            continue
        distribution = _distribution(point)
        try:
            refusal = why_refused(point)
            if refusal:
                raise PermissionError(refusal)
            plugins.add(point.name, distribution, point.load())
        except (Exception, SystemExit) as error:
            plugins.failures.append(PluginFailure(point.name, distribution, _one_line(error)))
    return plugins


def _is_own(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name == OWN_DISTRIBUTION


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
