"""`tracer run`: starts a command and follows it and all its descendants."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.options import (
    add_chisel_argument,
    add_output_arguments,
    add_selection_arguments,
    add_source_arguments,
)

if TYPE_CHECKING:
    from tracer.core.cli.held_command import HeldCommand
    from tracer.core.cli.job import Job
    from tracer.core.runner import StopSignals

POLL_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the main job that make sense for one command, and -o."""
    parser.usage = "tracer run [options] [FILTER...] -- COMMAND..."
    parser.epilog = (
        "Lines go to stderr, or to the file that -o names: stdout is the command's own. The exit status is the "
        "command's. A signal to tracer is passed on to the command; a second one ends the tracing."
    )
    add_source_arguments(parser)
    add_selection_arguments(parser)
    output = add_output_arguments(parser)
    output.add_argument("-o", "--output", metavar="FILE", help="write lines to FILE")
    add_chisel_argument(parser.add_argument_group("chisels"))


def run(arguments: argparse.Namespace) -> int:
    """Runs the command to its end, and that of all its descendants; returns its exit status."""
    from tracer.core.cli.held_command import HeldCommand
    from tracer.core.cli.job import prepare

    if not arguments.after_dashes:
        raise Failure("which command? Its words stand after --, as in: tracer run -- ls -l", WRONG_USAGE)
    output_fd = _open_output(arguments.output)
    job = None if arguments.chisels else prepare(arguments, output_fd)
    command = HeldCommand(arguments.after_dashes)
    try:
        return _run_chisels(arguments, output_fd, command) if job is None else _follow(job, command)
    except BaseException:
        command.kill()
        raise


def _open_output(path: str | None) -> int:
    if path is None:
        return sys.stderr.fileno()
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None


def _follow(job: Job, command: HeldCommand) -> int:
    from tracer.core.cli.job import carry_out, open_job
    from tracer.core.driver_choice import DriverRequest

    request = DriverRequest(option=job.arguments.driver)
    with open_job(job, request, pids=[command.pid]) as opened, _passing_signals_to(command) as stop:
        command.release()
        ended_early = carry_out(job, opened, stop, finished=command.all_ended)
        return ended_early or _end_of(command, stop)


def _run_chisels(arguments: argparse.Namespace, output_fd: int, command: HeldCommand) -> int:
    from tracer.core.cli.chisel_run import ChiselJob
    from tracer.core.driver_choice import DriverRequest

    job = ChiselJob(arguments, output_fd)
    request = DriverRequest(option=arguments.driver)
    with _passing_signals_to(command) as stop:
        ended_early = job.run_over(request, stop, pids=[command.pid], begin=command.release, finished=command.all_ended)
        return ended_early or _end_of(command, stop)


def _end_of(command: HeldCommand, stop: StopSignals) -> int:
    """Waits for the end of the command, which -n or -M need not have waited for; its exit status."""
    while not stop.received and not command.all_ended():
        time.sleep(POLL_S)
    return command.exit_status or 0


def _passing_signals_to(command: HeldCommand) -> StopSignals:
    """Stop signals of which the first goes to the command, unless the terminal has sent it there already."""
    from tracer.core.runner import StopSignals

    def pass_on(number: int) -> None:
        if number == signal.SIGINT and _in_foreground():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(command.pid, number)

    return StopSignals(first=pass_on)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
