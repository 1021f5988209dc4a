"""The `tracer` command: finds the command that is meant, parses its arguments and runs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tracer.core.cli.failure import Failure

COMMANDS = {
    "run": "run a command and follow it and all its descendants",
    "drivers": "show which drivers there are and which one would be used",
}
"""What stands after `tracer` for everything but the main job."""

MAIN_JOB = "trace"
"""Module of the command that bare `tracer` is."""

OVERVIEW = """\
Shows the system calls of this machine as they happen, or those of a capture file.

FILTER is an expression over fields, as in: proc.name=cat and fd.name contains /etc
`tracer -l` lists the fields."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line `words`, without the program's name; returns the exit status."""
    words = list(sys.argv[1:] if words is None else words)
    name = words.pop(0) if words and words[0] in COMMANDS else MAIN_JOB
    command = import_module(f"tracer.core.cli.commands.{name}")
    parser = _parser(name)
    command.add_arguments(parser)
    words, after_dashes = _split_at_dashes(words)
    arguments = parser.parse_intermixed_args(words)
    arguments.after_dashes = after_dashes
    try:
        status: int = command.run(arguments)
        sys.stdout.flush()
    except Failure as failure:
        print(f"tracer: {failure}", file=sys.stderr)
        return failure.status
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status


def _parser(name: str) -> argparse.ArgumentParser:
    if name != MAIN_JOB:
        return argparse.ArgumentParser(f"tracer {name}", description=COMMANDS[name].capitalize() + ".")
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  tracer {command:{width}}  {summary}" for command, summary in COMMANDS.items())
    return argparse.ArgumentParser(
        "tracer",
        usage="tracer [options] [FILTER...]\n       tracer COMMAND ...",
        description=OVERVIEW,
        epilog=f"commands (each with its own --help):\n{commands}",
        formatter_class=_HelpFormatter,
    )


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """One is made for each option that is added: without a width it would load what measures terminals each time."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_help_width())


def _help_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    try:
        width = int(columns) if columns.isdecimal() else os.get_terminal_size().columns
    except OSError:
        width = 0
    return (width or 80) - 2


def _split_at_dashes(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before and after the first `--`."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]
