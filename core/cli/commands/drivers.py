"""`tracer drivers`: which drivers there are, which would be used and why, and what is missing; building and loading."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.driver import Buildable, BuildOptions, Driver, DriverError, Loadable
from tracer.core.driver_choice import DriverRequest, UnknownDriver, find_driver
from tracer.core.driver_report import DriverReport, DriverStatus, report
from tracer.core.plugins import installed_plugins

ACTIONS = ("build", "load", "unload")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `tracer drivers`."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=ACTIONS,
        help="compile what a driver gives to the kernel; put it into the kernel; take it out again",
    )
    parser.add_argument("name", nargs="?", metavar="NAME[:ARG]", help="the driver to build, load or unload")
    parser.add_argument("--driver", metavar="NAME[:ARG]", help="tell what this would choose")
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs")
    building = parser.add_argument_group("build")
    building.add_argument("--kernel", metavar="RELEASE", default="", help="for this kernel instead of the running one")
    building.add_argument("-o", "--output", metavar="PATH", type=Path, help="put the result there")
    where = building.add_mutually_exclusive_group()
    where.add_argument("--install", action="store_true", help="install it for the kernel, for later starts too")
    where.add_argument("--dkms", action="store_true", help="have DKMS build it for this kernel and each new one")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; 0 if a driver would be chosen, else 1. Or builds, loads or unloads."""
    if arguments.action:
        return _act(arguments)
    answer = report(installed_plugins(), DriverRequest(option=arguments.driver), os.environ)
    print(as_json(answer) if arguments.json else as_text(answer))
    return 1 if answer.error else 0


def _act(arguments: argparse.Namespace) -> int:
    if not arguments.name:
        raise Failure(f"tell which driver to {arguments.action}: tracer drivers {arguments.action} NAME", WRONG_USAGE)
    options = BuildOptions(arguments.kernel, arguments.output, arguments.install, arguments.dkms)
    if arguments.action != "build" and options != BuildOptions():
        raise Failure(f"--kernel, --output, --install and --dkms go with build, not {arguments.action}", WRONG_USAGE)
    name, _, argument = arguments.name.partition(":")
    try:
        print(_done(arguments.action, find_driver(installed_plugins(), name, arguments.action), argument, options))
    except UnknownDriver as error:
        raise Failure(error, WRONG_USAGE) from None
    except DriverError as error:
        raise Failure(error) from None
    return 0


def _done(action: str, driver: Driver, argument: str, options: BuildOptions) -> str:
    if action == "build" and isinstance(driver, Buildable):
        return str(driver.build(options))
    if action == "load" and isinstance(driver, Loadable):
        return driver.load(argument)
    if action == "unload" and isinstance(driver, Loadable):
        return driver.unload()
    raise DriverError(f"{driver.name}: there is nothing to {action}: the driver does not need it")


def as_json(answer: DriverReport) -> str:
    """The report as one JSON object."""
    return json.dumps(asdict(answer), indent=2)


def as_text(answer: DriverReport) -> str:
    """The report for people: a paragraph for each driver, the chosen one marked with a star."""
    width = max((len(driver.name) for driver in answer.drivers), default=0)
    lines: list[str] = []
    for driver in answer.drivers:
        lines += _paragraph(driver, width)
    lines += [f"! {failure}" for failure in answer.failures]
    chosen = next((driver for driver in answer.drivers if driver.chosen), None)
    lines.append("")
    # What follows the first line of an error says of each driver what stands above.
    lines.append(f"* {chosen.name} would be used, {chosen.rule}" if chosen else answer.error.split("\n")[0].rstrip(":"))
    return "\n".join(lines)


def _paragraph(driver: DriverStatus, width: int) -> list[str]:
    indent = " " * (width + 4)
    state = "usable" if driver.usable else "not usable"
    lines = [
        f"{'*' if driver.chosen else ' '} {driver.name:<{width}}  {driver.summary}",
        f"{indent}{state}{': ' if driver.reason else ''}{driver.reason}",
    ]
    if driver.remedy:
        lines.append(f"{indent}to mend it: {driver.remedy}")
    lines.append(f"{indent}can do: {', '.join(driver.capabilities) or 'nothing beyond events'}")
    lines.append(f"{indent}from {driver.distribution}")
    return lines
