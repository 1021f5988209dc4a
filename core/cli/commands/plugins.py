"""`tracer plugins`: what is installed, what each plugin provides and from which distribution, and what failed."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict

from tracer.core.plugins import Plugins, installed_plugins

KINDS = {
    "drivers": "drivers",
    "fields": "fields",
    "consumers": "consumers (--with)",
    "chisels": "chisels",
    "chisel_finders": "finders of chisels",
    "outputs": "output formats (tracer export --to)",
    "commands": "commands",
    "container_engines": "container engines",
}
"""What plugins provide, as members of `Plugins`, in words."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `tracer plugins`."""
    parser.add_argument("--json", action="store_true", help="print a JSON object for other programs")


def run(arguments: argparse.Namespace) -> int:
    """Prints the list; 0 if all plugins are loaded, else 1."""
    plugins = installed_plugins()
    provided = what_they_provide(plugins)
    print(as_json(plugins, provided) if arguments.json else as_text(plugins, provided))
    return 1 if plugins.failures else 0


def what_they_provide(plugins: Plugins) -> dict[str, dict[str, list[str]]]:
    """Of each plugin, the names of what it provides, by kind. Asks them all."""
    for kind in KINDS:
        getattr(plugins, kind)
    provided: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in plugins.distributions}
    for kind in KINDS:
        for name, thing in getattr(plugins, kind).items():
            provided[thing.plugin][kind].append(name)
    return provided


def as_json(plugins: Plugins, provided: dict[str, dict[str, list[str]]]) -> str:
    """The list as one JSON object."""
    listed = [
        {"name": name, "distribution": plugins.distributions[name], "provides": kinds}
        for name, kinds in provided.items()
    ]
    return json.dumps({"plugins": listed, "failures": [failure._asdict() for failure in plugins.failures]}, indent=2)


def as_text(plugins: Plugins, provided: dict[str, dict[str, list[str]]]) -> str:
    """The list for people: a paragraph for each plugin, then what failed."""
    lines = []
    for name, kinds in sorted(provided.items()):
        lines.append(f"{name}, from {plugins.distributions[name]}")
        lines += [f"    {words}: {', '.join(sorted(kinds[kind]))}" for kind, words in KINDS.items() if kind in kinds]
        if not kinds:
            lines.append("    provides nothing")
    lines += [f"! {failure}" for failure in plugins.failures]
    return "\n".join(lines)
