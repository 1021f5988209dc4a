"""What `tracer -cl` and `tracer -i NAME` print."""

from __future__ import annotations

import textwrap
from itertools import groupby

from tracer.core.cli.chisel_words import find_chisel
from tracer.core.plugins import installed_plugins

NAME_WIDTH = 16
LINE_WIDTH = 80


def print_chisels() -> None:
    """Prints every chisel with its summary, by category."""
    plugins = installed_plugins()
    chisels = [provided.thing for provided in plugins.chisels.values()]
    for finder in plugins.chisel_finders.values():
        chisels += [chisel for chisel in finder.thing.all() if chisel.name not in plugins.chisels]
    chisels.sort(key=lambda chisel: (chisel.category, chisel.name))
    for category, members in groupby(chisels, key=lambda chisel: chisel.category):
        heading = f"Category: {category}"
        print(f"\n{heading}\n{'-' * len(heading)}")
        for chisel in members:
            _print_entry(chisel.name, chisel.summary)
    print("\nUse the -i flag to get detailed information about a specific chisel")


def print_chisel(name: str) -> None:
    """Prints what there is to know of one chisel. Raises Failure."""
    chisel = find_chisel(name).thing
    heading = f"Category: {chisel.category}"
    print(f"\n{heading}\n{'-' * len(heading)}")
    _print_entry(chisel.name, chisel.summary)
    print()
    print(textwrap.fill(chisel.description or chisel.summary, LINE_WIDTH))
    print("\nArgs:")
    for argument in chisel.arguments:
        optional = " [optional]" if argument.is_optional else ""
        print(f"[{argument.kind}] {argument.name}{optional} - {argument.description}")
    if not chisel.arguments:
        print("(None)")


def _print_entry(name: str, text: str) -> None:
    lines = textwrap.wrap(text, LINE_WIDTH - NAME_WIDTH) or [""]
    if len(name) >= NAME_WIDTH:
        print(name)
        name = ""
    print(f"{name:{NAME_WIDTH}}{lines[0]}")
    for line in lines[1:]:
        print(" " * NAME_WIDTH + line)
