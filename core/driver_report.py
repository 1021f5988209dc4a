"""What can be said of all drivers: which one would run, and why the others would not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.core.driver import DriverError
from tracer.core.driver_choice import DriverRequest, choose_driver, readiness_of

if TYPE_CHECKING:
    from tracer.core.plugins import PluginFailure, Plugins


@dataclass(frozen=True)
class DriverStatus:
    """What can be said of one driver here and now."""

    name: str
    summary: str
    capabilities: tuple[str, ...]
    plugin: str
    distribution: str
    usable: bool
    reason: str
    remedy: str
    chosen: bool
    rule: str
    """Why it is the chosen one; "" if it is not."""


@dataclass(frozen=True)
class DriverReport:
    """All drivers, the plugins that failed, and why no driver would be chosen ("" if one would)."""

    drivers: tuple[DriverStatus, ...]
    failures: tuple[PluginFailure, ...]
    error: str


def report(plugins: Plugins, request: DriverRequest, environment: Mapping[str, str]) -> DriverReport:
    """What `choose_driver` would do, and the state of every driver."""
    choice, error = None, ""
    try:
        choice = choose_driver(plugins, request, environment)
    except DriverError as refusal:
        error = str(refusal)
    drivers = []
    for name, installed in plugins.drivers.items():
        chosen = choice is not None and choice.driver is installed.thing
        argument = choice.argument if choice and chosen else ""
        readiness = readiness_of(installed.thing, argument)
        drivers.append(
            DriverStatus(
                name=name,
                summary=installed.thing.summary,
                capabilities=tuple(sorted(installed.thing.capabilities)),
                plugin=installed.plugin,
                distribution=installed.distribution,
                usable=readiness.usable,
                reason=readiness.reason,
                remedy=readiness.remedy,
                chosen=chosen,
                rule=choice.rule if choice and chosen else "",
            )
        )
    return DriverReport(tuple(sorted(drivers, key=lambda driver: driver.name)), tuple(plugins.failures), error)
