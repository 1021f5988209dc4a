"""`tracer -c NAME`: a stream run through chisels."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NamedTuple

from tracer.core._engine import Filter, FormatError
from tracer.core.api import EventStream
from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.job import open_reported, parse_filter
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import FilterError, compile_filter
from tracer.core.needs import both, filter_text, merged, plan_for_needs
from tracer.core.plugin import ChiselEnvironment, Needs, PluginError, RunningChisel
from tracer.core.runner import SLICE_MS, StopSignals


class _AtWork(NamedTuple):
    chisel: RunningChisel
    name: str
    filter: Filter | None
    """What of the events it gets; None: all."""


def run_chisels(arguments: argparse.Namespace) -> int:
    """Runs the chisels that were asked for over the stream; the exit status. Raises Failure."""
    status = 0
    with StopSignals() as stop:
        for capture in arguments.read or [None]:
            _run(arguments, capture, stop)
            status = 128 + stop.received if stop.received else 0
            if status:
                break
    return status


def _run(arguments: argparse.Namespace, capture: str | None, stop: StopSignals) -> None:
    text = " ".join(arguments.filter)
    parse_filter(text)
    environment = environment_of(arguments, capture)
    at_work, plans = [], []
    for chosen in arguments.chisels:
        name = chosen.chisel.thing.name
        try:
            chisel = chosen.chisel.thing(chosen.arguments, environment)
            needs = chisel.needs()
            plans.append(_plan(arguments, text, needs, capture))
            own = filter_text(needs)
            at_work.append(_AtWork(chisel, name, compile_filter(own) if own else None))
        except PluginError as error:
            raise Failure(f"-c {name}: {error}", WRONG_USAGE) from None
        except FilterError as error:
            raise Failure(f"-c {name}: {error}\n{error.pointer()}", WRONG_USAGE) from None
    # One that is called at intervals has to see the time pass.
    alone = len(at_work) == 1 and not at_work[0].chisel.interval_ns
    needed = both(text, filter_text(at_work[0].chisel.needs())) if alone else text
    if alone:
        at_work = [at_work[0]._replace(filter=None)]
    filter = compile_filter(needed) if needed.strip() else None
    request = DriverRequest(capture=capture, option=arguments.driver)
    with open_reported(request, merged(plans), filter, arguments.debug) as opened:
        try:
            _feed(EventStream(opened), at_work, arguments, stop)
        except FormatError as error:
            raise Failure(f"{capture or 'source'}: {error}") from None
        except (DriverError, PluginError) as error:
            raise Failure(error) from None


def _plan(arguments: argparse.Namespace, text: str, needs: Needs, capture: str | None) -> Plan:
    return plan_for_needs(
        needs,
        text,
        narrows=capture is None,
        snaplen_bytes=arguments.snaplen,
        dynamic_snaplen=arguments.dynamic_snaplen,
        statsd_port=arguments.statsd_port,
        full_capture_ports=arguments.full_capture_ports,
        buffer_bytes=arguments.buffer,
        exclude_self=not arguments.debug,
        probes=tuple(arguments.probes),
        stacks=arguments.stacks,
    )._replace(follow=arguments.follow)


def _feed(stream: EventStream, at_work: list[_AtWork], arguments: argparse.Namespace, stop: StopSignals) -> None:
    """Gives every chisel its events and intervals, until the stream, or the user's patience, ends."""
    for one in at_work:
        one.chisel.start(stream)
    last_ns = 0
    next_ns = [0] * len(at_work)
    passed = 0
    try:
        while not stop.received and not stream.ended:
            event = stream.poll(SLICE_MS / 1000)
            if event is None:
                continue
            time_ns = last_ns = event.time
            passed += 1
            for at, one in enumerate(at_work):
                interval_ns = one.chisel.interval_ns
                if interval_ns:
                    if not next_ns[at]:
                        next_ns[at] = time_ns + interval_ns
                    while time_ns >= next_ns[at]:
                        one.chisel.on_interval(next_ns[at])
                        next_ns[at] += interval_ns
                if one.filter is None or event.matches(one.filter):
                    one.chisel.on_event(event)
            if passed == arguments.numevents:
                break
    finally:
        for one in at_work:
            one.chisel.finish(last_ns)
        sys.stdout.flush()


def environment_of(arguments: argparse.Namespace, capture: str | None) -> ChiselEnvironment:
    """What the command line says to chisels."""
    return ChiselEnvironment(
        write=sys.stdout.write,
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
