"""What `tracer -cl` and `tracer -i NAME` print, in sysdig's layout."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from tracer.core.cli.chisel_words import find_chisel
from tracer.core.plugin import Chisel
from tracer.core.plugins import installed_plugins

NAME_WIDTH = 16
LINE_WIDTH = 79


def print_chisels() -> None:
    """Prints every chisel with its summary, by category."""
    plugins = installed_plugins()
    chisels = [provided.thing for provided in plugins.chisels.values()]
    for finder in plugins.chisel_finders.values():
        chisels += [chisel for chisel in finder.thing.all() if chisel.name not in plugins.chisels]
    _print_list(chisels)
    print("\nUse the -i flag to get detailed information about a specific chisel")


def print_chisel(name: str) -> None:
    """Prints what there is to know of one chisel. Raises Failure."""
    chisel = find_chisel(name).thing
    _print_list([chisel])
    print()
    print("\n".join(_pieces(chisel.description or chisel.summary, LINE_WIDTH)))
    print("Args:")
    for argument in chisel.arguments:
        _print_indented(f"[{argument.kind}] {argument.name} - {argument.description}")
    print("" if chisel.arguments else "(None)")


def _print_list(chisels: Iterable[Chisel]) -> None:
    ordered = sorted(chisels, key=lambda chisel: (chisel.category, chisel.name))
    for category, members in groupby(ordered, key=lambda chisel: chisel.category):
        heading = f"Category: {category}"
        print(f"\n{heading}\n{'-' * len(heading)}")
        for chisel in members:
            name = chisel.name if len(chisel.name) < NAME_WIDTH else f"{chisel.name}\n{'':{NAME_WIDTH}}"
            _print_indented(chisel.summary, f"{name:{NAME_WIDTH}}")


def _print_indented(text: str, beginning: str = "") -> None:
    print(beginning + f"\n{'':{NAME_WIDTH}}".join(_pieces(text, LINE_WIDTH - NAME_WIDTH)))


def _pieces(text: str, width: int) -> list[str]:
    return [text[at : at + width] for at in range(0, len(text), width)] or [""]
