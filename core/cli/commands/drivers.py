"""`tracer drivers`: which drivers there are, which would be used and why, and what is missing."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict

from tracer.core.driver_choice import DriverReport, DriverRequest, DriverStatus, report
from tracer.core.plugins import installed_plugins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `tracer drivers`."""
    parser.add_argument("--driver", metavar="NAME[:ARG]", help="tell what this would choose")
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; 0 if a driver would be chosen, else 1."""
    answer = report(installed_plugins(), DriverRequest(option=arguments.driver), os.environ)
    print(as_json(answer) if arguments.json else as_text(answer))
    return 1 if answer.error else 0


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
