"""`tracer -c NAME`: a stream run through chisels."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from tracer.core._engine import Filter, FormatError
from tracer.core.chisel import RowChisel
from tracer.core.chisel_events import as_row_chisel
from tracer.core.chisel_runner import Run, run_chisels
from tracer.core.cli.chisel_words import ChosenChisel
from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.job import make_consumers, open_reported, parse_filter, report
from tracer.core.cli.progress import Progress
from tracer.core.cli.writing import check_writing, make_writer
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import FilterError
from tracer.core.needs import merged, plan_for_needs
from tracer.core.opening import OpenSession
from tracer.core.plan import mentioned
from tracer.core.plugin import ChiselEnvironment, Needs, PluginError
from tracer.core.runner import StopSignals

RESET_COLOURS = "\x1b[00m"
"""What stands at the end of output on a terminal, before what chisels print there."""


def run_chosen(arguments: argparse.Namespace) -> int:
    """Runs the chisels that were asked for over captures or this machine's events; the exit status. Raises Failure."""
    job = ChiselJob(arguments)
    with StopSignals() as stop:
        for capture in arguments.read or [None]:
            status = job.run_over(DriverRequest(capture=capture, option=arguments.driver), stop)
            if stop.received:
                return status
    if job.next_words is not None:
        from tracer.core.cli.main import main

        return main(job.next_words)
    return 0


class ChiselJob:
    """The chisels of a command line, and what is asked of the stream."""

    def __init__(self, arguments: argparse.Namespace, output_fd: int = 1) -> None:
        """`output_fd` is where chisels print. Raises Failure for wrong usage."""
        check_writing(arguments)
        if arguments.keep_state or arguments.summary:
            option = "-F" if arguments.keep_state else "-S"
            raise Failure(f"{option} is about events that are printed or written: it does not go with -c", WRONG_USAGE)
        self.next_words: list[str] | None = None
        """The command line that a chisel wants to be carried out next."""
        self._arguments = arguments
        self._output = _Output(output_fd)

    def run_over(
        self,
        request: DriverRequest,
        stop: StopSignals,
        *,
        pids: Collection[int] = (),
        begin: Callable[[], None] = lambda: None,
        finished: Callable[[], bool] = lambda: False,
    ) -> int:
        """Runs them over one stream; the exit status. Raises Failure.

        `pids` are the processes to follow; `begin` is called once they are. `finished`: see `runner.run_session`.
        """
        arguments = self._arguments
        try:
            environment = self._environment(request, follows_processes=bool(pids))
            chisels = [_made(chosen, environment) for chosen in arguments.chisels]
            given = "" if arguments.display_only else " ".join(arguments.filter)
            text = given or next((one.stream_filter for one in chisels if one.stream_filter), "")
            tree, filter = parse_filter(text)
            plan = self._plan(text, chisels, narrows=request.capture is None)._replace(pids=frozenset(pids))
            fields = {field for chisel in chisels for field in chisel.needs().fields}
            consumers = make_consumers(arguments, {*mentioned(tree)[0], *fields})
            if consumers:
                plan = merged(
                    [plan, *(plan_for_needs(one.needs, narrows=request.capture is None) for one in consumers)]
                )
            begun = time.monotonic()
            with open_reported(request, plan, None, True, consumers) as opened:
                run = Run(opened)
                begin()
                with _failures_of(request):
                    self._carry_out(opened, chisels, run, stop, filter=filter, finished=finished)
            report(opened, arguments.verbose, time.monotonic() - begun)
            self.next_words = run.next_words
        finally:
            self._output.flush()
        return 128 + stop.received if stop.received else 0

    def _carry_out(
        self,
        opened: OpenSession,
        chisels: Sequence[RowChisel],
        run: Run,
        stop: StopSignals,
        *,
        filter: Filter | None,
        finished: Callable[[], bool],
    ) -> None:
        arguments = self._arguments
        data = arguments.data
        if data == "dotted":
            data = next((chisel.data for chisel in chisels if chisel.data), data)
        writer = make_writer(arguments, opened.session) if arguments.write else None
        choice = opened.choice
        name = choice.argument.rpartition("/")[2] if choice is not None else ""
        progress = Progress(opened.native, name) if arguments.progress else None
        on_terminal = chisels[0].environment.is_terminal
        try:
            run_chisels(
                opened,
                chisels,
                run,
                stop=stop,
                filter=filter,
                data=data,
                writer=writer,
                limit=arguments.numevents or 0,
                duration_s=arguments.duration_s if run.is_live else None,
                event_duration_s=0 if run.is_live else (arguments.duration_s or 0),
                finished=finished,
                watch=progress,
                flush=self._output.flush,
                before_end=lambda: self._output.write(RESET_COLOURS if on_terminal else ""),
                failed=_as_plugin_error,
            )
        finally:
            if writer is not None:
                writer.close()
            if progress is not None:
                progress.clear()

    def _plan(self, text: str, chisels: Sequence[RowChisel], narrows: bool) -> Plan:
        arguments = self._arguments
        plans = []
        for chisel in chisels:
            # Readers of captures expect enter events, and any field.
            needs = Needs(enter_events=True) if arguments.write else chisel.needs()
            try:
                plans.append(self._plan_for(text, needs, narrows))
            except FilterError as error:
                raise Failure(f"-c {chisel.name}: {error}\n{error.pointer()}", WRONG_USAGE) from None
        return merged(plans)._replace(follow=vars(arguments).get("follow", False), toctou=arguments.toctou)

    def _plan_for(self, text: str, needs: Needs, narrows: bool) -> Plan:
        arguments = self._arguments
        return plan_for_needs(
            needs,
            text,
            narrows=narrows,
            page_faults=arguments.page_faults,
            snaplen_bytes=arguments.snaplen,
            dynamic_snaplen=arguments.dynamic_snaplen,
            statsd_port=arguments.statsd_port,
            full_capture_ports=arguments.full_capture_ports,
            buffer_bytes=arguments.buffer,
            exclude_self=not arguments.debug,
            probes=tuple(arguments.probes),
            stacks=arguments.stacks,
        )

    def _environment(self, request: DriverRequest, follows_processes: bool) -> ChiselEnvironment:
        arguments = self._arguments
        is_terminal = os.isatty(self._output.fd)
        return ChiselEnvironment(
            write=self._output.write,
            is_terminal=is_terminal,
            filter=" ".join(arguments.filter),
            format=arguments.format or "",
            json=arguments.json,
            data=arguments.data,
            time=arguments.timetype,
            verbose=arguments.verbose,
            snaplen_bytes=arguments.snaplen,
            is_live=request.capture is None,
            capture=request.capture or "",
            follows_processes=follows_processes,
            draws=is_terminal and not follows_processes and not arguments.json,
        )


class _Output:
    """A descriptor for text of which some may be bytes that are no text."""

    def __init__(self, fd: int) -> None:
        sys.stdout.flush()
        self.fd = fd
        self._file = io.BufferedWriter(io.FileIO(fd, "wb", closefd=False), 1 << 16)

    def write(self, text: str) -> None:
        self._file.write(text.encode(errors="surrogateescape"))

    def flush(self) -> None:
        self._file.flush()


def _made(chosen: ChosenChisel, environment: ChiselEnvironment) -> RowChisel:
    try:
        return as_row_chisel(chosen.chisel.thing(chosen.arguments, environment), environment)
    except PluginError as error:
        raise Failure(f"-c {chosen.chisel.thing.name}: {error}", WRONG_USAGE) from None


def _as_plugin_error(chisel: RowChisel, error: Exception) -> Exception:
    """What its author did not expect, as something for the user."""
    if isinstance(error, (PluginError, FilterError, FormatError, OSError)):
        return error
    return PluginError(f"chisel {chisel.name}: {type(error).__name__}: {error}")


@contextlib.contextmanager
def _failures_of(request: DriverRequest) -> Iterator[None]:
    """What goes wrong while a stream is read, as Failure."""
    try:
        yield
    except FormatError as error:
        raise Failure(f"{request.capture or 'source'}: {error}") from None
    except (DriverError, PluginError) as error:
        raise Failure(error) from None
    except FilterError as error:
        raise Failure(f"{error}\n{error.pointer()}") from None
