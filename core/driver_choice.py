"""Which driver runs, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from tracer.core.driver import Driver, DriverError, Readiness

if TYPE_CHECKING:
    from tracer.core.plugins import Plugins


class UnknownDriver(DriverError):
    """No driver has the name that was asked for."""


class DriverRequest(NamedTuple):
    """What the user said about the source of events."""

    capture: str | None = None
    """FILE of ``-r FILE``."""
    option: str | None = None
    """NAME[:ARG] of ``--driver``."""


class DriverChoice(NamedTuple):
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
        return plugins.drivers[name].thing
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
        driver = plugins.drivers[name].thing
        readiness = readiness_of(driver, "")
        if readiness.usable:
            return DriverChoice(driver, "", rule)
        rule = f"by default, {name} not being usable ({readiness.reason})"
    lines = [
        f"  {name}: {_reason(readiness_of(installed.thing, ''))}" for name, installed in sorted(plugins.drivers.items())
    ]
    lines += [f"  {failure}" for failure in plugins.failures]
    raise DriverError("\n".join(["no driver can show this machine's events:", *lines]))


def _reason(readiness: Readiness) -> str:
    if readiness.usable:
        return "usable if named"
    return f"{readiness.reason}; {readiness.remedy}" if readiness.remedy else readiness.reason
