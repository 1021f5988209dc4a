"""`tracer -c NAME`: a stream run through chisels."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tracer.core._engine import Filter, FormatError
from tracer.core.chisel import RowChisel
from tracer.core.chisel_events import as_row_chisel
from tracer.core.chisel_runner import Run, run_chisels
from tracer.core.cli.chisel_words import ChosenChisel
from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.job import open_reported, parse_filter
from tracer.core.cli.progress import Progress
from tracer.core.cli.writing import check_writing, make_writer
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import FilterError
from tracer.core.needs import merged, plan_for_needs
from tracer.core.opening import OpenSession
from tracer.core.plugin import ChiselEnvironment, Needs, PluginError
from tracer.core.runner import StopSignals

RESET_COLOURS = "\x1b[00m"
"""What stands at the end of output on a terminal, before what chisels print there."""


def run_chosen(arguments: argparse.Namespace) -> int:
    """Runs the chisels that were asked for over the stream; the exit status. Raises Failure."""
    check_writing(arguments)
    run: Run | None = None
    output = _Output()
    try:
        with StopSignals() as stop:
            for capture in arguments.read or [None]:
                run = _run(arguments, capture, stop, output)
                if stop.received:
                    return 128 + stop.received
    finally:
        output.flush()
    if run is not None and run.next_words is not None:
        from tracer.core.cli.main import main

        return main(run.next_words)
    return 0


class _Output:
    """Standard output for text of which some may be bytes that are no text."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._file = io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "wb", closefd=False), 1 << 16)

    def write(self, text: str) -> None:
        self._file.write(text.encode(errors="surrogateescape"))

    def flush(self) -> None:
        self._file.flush()


def _run(arguments: argparse.Namespace, capture: str | None, stop: StopSignals, output: _Output) -> Run:
    environment = environment_of(arguments, capture, output)
    chisels = [_made(chosen, environment) for chosen in arguments.chisels]
    text = " ".join(arguments.filter) or next((one.stream_filter for one in chisels if one.stream_filter), "")
    if arguments.display_only:
        text = ""
    _, filter = parse_filter(text)
    plan = _plan(arguments, text, chisels, narrows=capture is None)
    request = DriverRequest(capture=capture, option=arguments.driver)
    with open_reported(request, plan, None, True) as opened:
        run = Run(opened, is_live=capture is None)
        try:
            _carry_out(arguments, opened, chisels, run, stop, filter, output)
        except FormatError as error:
            raise Failure(f"{capture or 'source'}: {error}") from None
        except (DriverError, PluginError) as error:
            raise Failure(error) from None
        except FilterError as error:
            raise Failure(f"{error}\n{error.pointer()}") from None
    return run


def _made(chosen: ChosenChisel, environment: ChiselEnvironment) -> RowChisel:
    name = chosen.chisel.thing.name
    try:
        return as_row_chisel(chosen.chisel.thing(chosen.arguments, environment), environment)
    except PluginError as error:
        raise Failure(f"-c {name}: {error}", WRONG_USAGE) from None


def _carry_out(
    arguments: argparse.Namespace,
    opened: OpenSession,
    chisels: Sequence[RowChisel],
    run: Run,
    stop: StopSignals,
    filter: Filter | None,
    output: _Output,
) -> None:
    data = arguments.data
    if data == "dotted":
        data = next((chisel.data for chisel in chisels if chisel.data), data)
    writer = make_writer(arguments, opened.session) if arguments.write else None
    name = arguments.read[0].rpartition("/")[2] if arguments.read else ""
    progress = Progress(opened.native, name) if arguments.progress else None
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
            watch=progress,
            flush=output.flush,
            before_end=lambda: output.write(RESET_COLOURS if chisels[0].environment.is_terminal else ""),
        )
    finally:
        if writer is not None:
            writer.close()
        if progress is not None:
            progress.clear()


def _plan(arguments: argparse.Namespace, text: str, chisels: Sequence[RowChisel], narrows: bool) -> Plan:
    plans = []
    for chisel in chisels:
        try:
            needs = chisel.needs()
            if arguments.write:  # readers of captures expect enter events, and any field
                needs = Needs(enter_events=True)
            plans.append(_plan_for(arguments, text, needs, narrows))
        except FilterError as error:
            raise Failure(f"-c {chisel.name}: {error}\n{error.pointer()}", WRONG_USAGE) from None
    return merged(plans)._replace(follow=arguments.follow, toctou=arguments.toctou)


def _plan_for(arguments: argparse.Namespace, text: str, needs: Needs, narrows: bool) -> Plan:
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


def environment_of(arguments: argparse.Namespace, capture: str | None, output: _Output) -> ChiselEnvironment:
    """What the command line says to chisels."""
    return ChiselEnvironment(
        write=output.write,
        is_terminal=os.isatty(sys.stdout.fileno()),
        filter=" ".join(arguments.filter),
        format=arguments.format or "",
        json=arguments.json,
        data=arguments.data,
        time=arguments.timetype,
        verbose=arguments.verbose,
        snaplen_bytes=arguments.snaplen,
        is_live=capture is None,
        capture=capture or "",
    )
