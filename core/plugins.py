"""Finding and loading plugins: every entry point of the group `tracer`, each on its own risk.

A plugin that cannot be loaded is left out and remembered, with the reason; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from tracer.core.driver import ENTRY_POINT_GROUP, Driver

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import pluggy


@dataclass(frozen=True)
class PluginFailure:
    """A plugin that was left out."""

    plugin: str
    """Name of its entry point."""
    distribution: str
    """Name and version of the distribution that brings it."""
    error: str
    """One line: what went wrong."""

    def __str__(self) -> str:
        return f"plugin {self.plugin} of {self.distribution} is left out: {self.error}"


@dataclass(frozen=True)
class InstalledDriver:
    """A driver and where it comes from."""

    driver: Driver
    plugin: str
    distribution: str


@dataclass
class Plugins:
    """The plugins that could be loaded, and those that could not."""

    manager: pluggy.PluginManager
    drivers: dict[str, InstalledDriver] = field(default_factory=dict)
    """By name."""
    failures: list[PluginFailure] = field(default_factory=list)


@cache
def installed_plugins() -> Plugins:
    """The plugins of all installed distributions, loaded at the first call."""
    from importlib.metadata import entry_points

    return load_plugins(entry_points(group=ENTRY_POINT_GROUP))


def load_plugins(points: Iterable[EntryPoint]) -> Plugins:
    """Loads each of these entry points. Never raises for what a plugin does wrong."""
    import pluggy

    from tracer.core.hooks import Hooks

    manager = pluggy.PluginManager(ENTRY_POINT_GROUP)
    manager.add_hookspecs(Hooks)
    plugins = Plugins(manager)
    # Where two distributions claim a name, tracer's own keeps it.
    for point in sorted(points, key=lambda point: (not _distribution(point).startswith("tracer "), point.name)):
        try:
            found = _register(manager, point)
            _check_names(found, plugins.drivers)
        except (Exception, SystemExit) as error:
            if manager.has_plugin(point.name):
                manager.unregister(name=point.name)
            plugins.failures.append(PluginFailure(point.name, _distribution(point), _one_line(error)))
        else:
            for driver in found:
                plugins.drivers[driver.name] = InstalledDriver(driver, point.name, _distribution(point))
    return plugins


def _register(manager: pluggy.PluginManager, point: EntryPoint) -> list[Driver]:
    """Registers the plugin that an entry point names; the drivers that it brings."""
    if manager.has_plugin(point.name):
        raise ValueError(f"another plugin is called {point.name} too")
    plugin = point.load()
    manager.register(plugin, point.name)
    manager.check_pending()
    others = [other for other in manager.get_plugins() if other is not plugin]
    answers = manager.subset_hook_caller("tracer_drivers", remove_plugins=others)()
    return [driver for answer in answers for driver in answer]


def _check_names(drivers: Iterable[Driver], taken: dict[str, InstalledDriver]) -> None:
    for driver in drivers:
        if not isinstance(driver, Driver):
            raise TypeError(
                f"{driver!r} is not a driver: it lacks a name, a summary, capabilities, readiness() or open()"
            )
        if not driver.name or ":" in driver.name:
            raise ValueError(f"{driver.name!r} cannot be a driver's name: it is empty or has a colon")
        if driver.name in taken:
            raise ValueError(f"the driver name {driver.name} is taken by {taken[driver.name].distribution}")


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
