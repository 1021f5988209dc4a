"""The `tracer` command: finds the command that is meant, parses its arguments and runs it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tracer.core.cli.failure import COULD_NOT, Failure

if TYPE_CHECKING:
    from tracer.core.cli.chisel_words import ChosenChisel

COMMANDS = {
    "run": "run a command and follow it and all its descendants",
    "export": "write events as a table: JSON, Parquet or Arrow",
    "explain": "show what a filter asks of the kernel, what is done here, and why",
    "drivers": "show which drivers there are and which one would be used",
    "plugins": "show which plugins are installed, what each provides, and what failed to load",
}
"""Tracer's own commands: what stands after `tracer` for everything but the main job. Plugins bring more."""

NO_PLUGINS = "--no-plugins"

MAIN_JOB = "trace"
"""Module of the command that bare `tracer` is."""

RUNS_CHISELS = (MAIN_JOB, "run")
"""Commands that -c belongs to."""

OVERVIEW = """\
Shows the system calls of this machine as they happen, or those of a capture file.

FILTER is an expression over fields, as in: proc.name=cat and fd.name contains /etc
`tracer -l` lists the fields."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command line `words`, without the program's name; returns the exit status."""
    _occupy_standard_descriptors()
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except Failure as failure:
        print(f"tracer: {failure}", file=sys.stderr)
        return failure.status
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _discard_output()
        return 0
    except OSError as error:
        _discard_output()
        print(f"tracer: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)
        return COULD_NOT
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(words: list[str]) -> int:
    words, after_dashes = _split_at_dashes(words)
    if NO_PLUGINS in words:
        from tracer.core.plugins import disable

        disable("all")
        words = [word for word in words if word != NO_PLUGINS]
    name, command = _command(words)
    parser = _parser(name, command)
    command.add_arguments(parser)
    chisels: list[ChosenChisel] = []
    if name != MAIN_JOB:
        del words[0]
    if name in RUNS_CHISELS and any(word.startswith(("-c", "--chisel")) for word in words):
        from tracer.core.cli.chisel_words import take_chisels

        words, chisels = take_chisels(words)
    try:
        arguments = parser.parse_intermixed_args(words)
    except SystemExit:
        # Help was printed; that it could not be written must show here, not when Python ends.
        sys.stdout.flush()
        raise
    arguments.after_dashes = after_dashes
    arguments.chisels = chisels
    status: int = command.run(arguments)
    sys.stdout.flush()
    return status


def _command(words: list[str]) -> tuple[str, Any]:
    """The command that is meant, and what carries it out: a module of tracer's own, or what a plugin brings."""
    first = words[0] if words else ""
    if first in COMMANDS:
        return first, import_module(f"tracer.core.cli.commands.{first}")
    # A filter may begin with a word of its own, such as `not`; none begins with the name of a command.
    if first.replace("-", "").replace("_", "").isalnum() and first[0].isalpha() and first != "not":
        from tracer.core.cli.plugin_command import plugin_command

        command = plugin_command(first)
        if command is not None:
            return first, command
    return MAIN_JOB, import_module(f"tracer.core.cli.commands.{MAIN_JOB}")


def _occupy_standard_descriptors() -> None:
    """Where stdin, stdout or stderr is closed, keeps a file that is opened later from getting its number and text."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # Writing to a closed stdout remains an error; messages to a closed stderr are not wanted.
            descriptor = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            os.dup2(descriptor, number)
            if descriptor != number:
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def _discard_output() -> None:
    """Python would complain of what it cannot write when it flushes stdout at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(name: str, command: Any) -> argparse.ArgumentParser:
    if name != MAIN_JOB:
        summary = COMMANDS.get(name) or str(command.summary)
        return argparse.ArgumentParser(f"tracer {name}", description=summary[:1].upper() + summary[1:] + ".")
    return _MainParser(
        "tracer",
        usage="tracer [options] [FILTER...]\n       tracer COMMAND ...",
        description=OVERVIEW,
        formatter_class=_HelpFormatter,
    )


class _MainParser(argparse.ArgumentParser):
    """Lists the commands behind its help; which plugins bring is found out only then."""

    def format_help(self) -> str:
        """The help with the commands."""
        from tracer.core.cli.plugin_command import plugin_summaries

        summaries = COMMANDS | plugin_summaries()
        width = max(map(len, summaries))
        lines = "\n".join(f"  tracer {command:{width}}  {summary}" for command, summary in summaries.items())
        self.epilog = f"commands (each with its own --help):\n{lines}"
        return super().format_help()


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
