"""Falco rules over any driver or capture: `tracer rules`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import Command, hookimpl

if TYPE_CHECKING:
    import argparse


class RulesCommand:
    """`tracer rules`. What it does is loaded when it is called."""

    name = "rules"
    summary = "show where events match Falco rules"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """See Command."""
        from tracer.plugins.rules.options import add_arguments

        add_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """See Command."""
        from tracer.plugins.rules.command import run

        return run(arguments)


@hookimpl
def tracer_commands() -> Sequence[Command]:
    """`tracer rules`."""
    return [RulesCommand()]
