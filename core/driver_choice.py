"""Which driver runs, and why; and what can be said of those that do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracer.core.driver import Driver, DriverError, Readiness

if TYPE_CHECKING:
    from tracer.core.plugins import PluginFailure, Plugins


class UnknownDriver(DriverError):
    """No driver has the name that was asked for."""


@dataclass(frozen=True)
class DriverRequest:
    """What the user said about the source of events."""

    capture: str | None = None
    """FILE of ``-r FILE``."""
    option: str | None = None
    """NAME[:ARG] of ``--driver``."""


@dataclass(frozen=True)
class DriverChoice:
    """The driver that runs."""

    driver: Driver
    argument: str
    """What followed ``NAME:``; "" for nothing."""
    rule: str
    """What decided: "by -r", "by --driver", "by TRACER_DRIVER", "by TRACER_BPF_PROBE", or "by default" and why."""

    def __str__(self) -> str:
        """One line for the user."""
        argument = f":{self.argument}" if self.argument else ""
        return f"driver {self.driver.name}{argument}, chosen {self.rule}"


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


def choose_driver(plugins: Plugins, request: DriverRequest, environment: Mapping[str, str]) -> DriverChoice:
    """The driver to use.

    The first that is given decides: ``-r``, ``--driver``, ``TRACER_DRIVER`` (unless empty), ``TRACER_BPF_PROBE`` (even
    if empty); otherwise kmod if usable, else ebpf. Raises DriverError if it cannot run here; UnknownDriver if no
    driver has the name.
    """
    choice = _asked_for(plugins, request, environment)
    if choice is None:
        return _default(plugins)
    readiness = readiness_of(choice.driver, choice.argument)
    if not readiness.usable:
        raise DriverError(f"{choice}, cannot run: {_reason(readiness)}")
    return choice


def report(plugins: Plugins, request: DriverRequest, environment: Mapping[str, str]) -> DriverReport:
    """What `choose_driver` would do, and the state of every driver."""
    choice, error = None, ""
    try:
        choice = choose_driver(plugins, request, environment)
    except DriverError as refusal:
        error = str(refusal)
    drivers = []
    for name, installed in plugins.drivers.items():
        chosen = choice is not None and choice.driver is installed.driver
        argument = choice.argument if choice and chosen else ""
        readiness = readiness_of(installed.driver, argument)
        drivers.append(
            DriverStatus(
                name=name,
                summary=installed.driver.summary,
                capabilities=tuple(sorted(installed.driver.capabilities)),
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


def readiness_of(driver: Driver, argument: str) -> Readiness:
    """The driver's own answer, or "not usable" if it cannot even give one."""
    try:
        return driver.readiness(argument)
    except Exception as error:
        return Readiness(usable=False, reason=f"its readiness check failed: {type(error).__name__}: {error}")


def _asked_for(plugins: Plugins, request: DriverRequest, environment: Mapping[str, str]) -> DriverChoice | None:
    if request.capture is not None and request.option is not None:
        raise DriverError("-r and --driver both say where events come from: give one of them")
    if request.capture is not None:
        return DriverChoice(find_driver(plugins, "fake", "-r"), request.capture, "by -r")
    for rule, text in (("--driver", request.option), ("TRACER_DRIVER", environment.get("TRACER_DRIVER") or None)):
        if text is not None:
            name, _, argument = text.partition(":")
            return DriverChoice(find_driver(plugins, name, rule), argument, f"by {rule}")
    if "TRACER_BPF_PROBE" in environment:
        rule = "TRACER_BPF_PROBE"
        return DriverChoice(find_driver(plugins, "ebpf", rule), environment[rule], f"by {rule}")
    return None


def find_driver(plugins: Plugins, name: str, rule: str) -> Driver:
    """The driver of this name, which `rule` asked for. Raises UnknownDriver; DriverError if its plugin failed."""
    if name in plugins.drivers:
        return plugins.drivers[name].driver
    for failure in plugins.failures:
        if failure.plugin == name:
            raise DriverError(f"{rule}: {failure}")
    from difflib import get_close_matches

    near = get_close_matches(name, plugins.drivers, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UnknownDriver(f"{rule}: no driver is called {name!r}{hint}; there are: {', '.join(sorted(plugins.drivers))}")


def _default(plugins: Plugins) -> DriverChoice:
    rule = "by default"
    for name in ("kmod", "ebpf"):
        if name not in plugins.drivers:
            continue
        driver = plugins.drivers[name].driver
        readiness = readiness_of(driver, "")
        if readiness.usable:
            return DriverChoice(driver, "", rule)
        rule = f"by default, {name} not being usable ({readiness.reason})"
    lines = [
        f"  {name}: {_reason(readiness_of(installed.driver, ''))}"
        for name, installed in sorted(plugins.drivers.items())
    ]
    lines += [f"  {failure}" for failure in plugins.failures]
    raise DriverError("\n".join(["no driver can show this machine's events:", *lines]))


def _reason(readiness: Readiness) -> str:
    if readiness.usable:
        return "usable if named"
    return f"{readiness.reason}; {readiness.remedy}" if readiness.remedy else readiness.reason
