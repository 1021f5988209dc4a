"""What `tracer` and `tracer run` have in common: options to a session, and the session to its end."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tracer.core._engine import Filter, Format, FormatError
from tracer.core.cli import formats
from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.progress import ERASE_LINE, Progress
from tracer.core.cli.summary import print_summary
from tracer.core.cli.writing import check_writing, make_writer
from tracer.core.driver import DriverError, Plan
from tracer.core.driver_choice import DriverRequest, UnknownDriver
from tracer.core.filter import FilterError, compile_filter, parse
from tracer.core.filter.tree import Expression
from tracer.core.opening import OpenSession, open_session
from tracer.core.plan import Reasons, explained_plan, mentioned
from tracer.core.runner import StopSignals, run_session

if TYPE_CHECKING:
    from tracer.core.consumers import NamedConsumer

SHORT_DATA = 80
"""Characters of a data buffer that are printed without -v."""


TIME_FIELDS = {"d": {"evt.latency"}, "r": {"evt.reltime"}}
"""What evt.outputtime is, by the letter after -t, where it depends on other events."""

RESET_COLOURS = b"\x1b[00m"


class Job(NamedTuple):
    """What was asked for, checked as far as it can be before anything is opened."""

    arguments: argparse.Namespace
    filter: Filter | None
    display_filter: Filter | None
    """What of the events that pass is printed; None: all."""
    format: Format | None
    """None where no events are printed."""
    sets_colours: bool
    """Whether colours have to be reset at the end."""
    output_fd: int
    plan: Plan
    reasons: Reasons
    """Why the plan is as it is."""
    consumers: Sequence[NamedConsumer] = ()
    """What runs beside."""


def prepare(arguments: argparse.Namespace, output_fd: int = 1) -> Job:
    """Checks the arguments; `output_fd` is where lines go. Raises Failure for wrong usage."""
    text = " ".join(arguments.filter)
    format_text = formats.resolve(arguments.format or formats.default_format(os.isatty(output_fd)))
    tree, compiled = parse_filter(text)
    check_writing(arguments)
    prints = not (arguments.quiet or arguments.write)
    # A capture holds what it holds: to find out what its events could be takes longer than to read a small one.
    narrows = not arguments.display_only and not vars(arguments).get("read")
    plan, reasons = explained_plan(
        None if arguments.display_only else tree,
        formats.field_names(format_text) | TIME_FIELDS.get(arguments.timetype, set()),
        compiled=compiled if narrows else None,
        recording=bool(arguments.write),
        snaplen_bytes=arguments.snaplen,
        dynamic_snaplen=arguments.dynamic_snaplen,
        statsd_port=arguments.statsd_port,
        full_capture_ports=arguments.full_capture_ports,
        buffer_bytes=arguments.buffer,
        page_faults=arguments.page_faults,
        toctou=arguments.toctou,
        kernel_filter=arguments.kernel_filter,
        exclude_self=not arguments.debug,
        probes=tuple(arguments.probes),
        stacks=arguments.stacks,
    )
    consumers = make_consumers(arguments, {*mentioned(tree)[0], *formats.field_names(format_text)})
    if consumers:
        from tracer.core.needs import merged, plan_for_needs

        narrow = not vars(arguments).get("read")
        plan = merged([plan, *(plan_for_needs(one.needs, narrows=narrow) for one in consumers)])
    return Job(
        arguments,
        None if arguments.display_only else compiled,
        compiled if arguments.display_only else None,
        _make_format(arguments, format_text, output_fd) if prints else None,
        prints and formats.sets_colours(format_text),
        output_fd,
        plan,
        reasons,
        consumers,
    )


def make_consumers(arguments: argparse.Namespace, fields: Collection[str]) -> list[NamedConsumer]:
    """What runs beside: what --with asks for, and what fields of plugins stand on. Raises Failure."""
    if not arguments.consumers and "tracer.core.plugin_fields" not in sys.modules:
        return []
    from tracer.core.consumers import field_consumers, plugin_consumers
    from tracer.core.plugin import PluginError

    try:
        return [*plugin_consumers(arguments.consumers), *field_consumers(fields)]
    except PluginError as error:
        raise Failure(error, WRONG_USAGE) from None


def parse_filter(text: str) -> tuple[Expression | None, Filter | None]:
    """A filter's tree, and the filter compiled; None twice for no filter. Raises Failure."""
    try:
        return (parse(text), compile_filter(text)) if text.strip() else (None, None)
    except FilterError as error:
        raise Failure(f"{error}\n{error.pointer()}", WRONG_USAGE) from None


def _make_format(arguments: argparse.Namespace, text: str, output_fd: int) -> Format:
    try:
        if arguments.json:
            return Format.json(text, arguments.data)
        to_terminal = os.isatty(output_fd)
        if to_terminal and sys.stderr.isatty():
            star = "*" if text.startswith("*") else ""
            text = star + ERASE_LINE + text.removeprefix("*")
        return Format.line(
            text,
            arguments.data,
            escape_control=to_terminal,
            data_limit=0 if arguments.verbose else SHORT_DATA,
            time=arguments.timetype,
        )
    except ValueError as error:
        raise Failure(f"-p: {error}", WRONG_USAGE) from None


def open_job(job: Job, request: DriverRequest, pids: Collection[int] = ()) -> OpenSession:
    """Opens the source. Unless a capture was named, says on stderr which driver runs, once it does. Raises Failure."""
    plan = job.plan._replace(pids=frozenset(pids))
    return open_reported(request, plan, job.filter, job.arguments.debug, job.consumers)


def open_reported(
    request: DriverRequest,
    plan: Plan,
    filter: Filter | None,
    show_internal: bool,
    consumers: Sequence[NamedConsumer] = (),
) -> OpenSession:
    """The same, from what a job is made of."""
    try:
        opened = open_session(request, plan, filter, show_internal)
        if request.capture is None:
            opened.start()
    except FormatError as error:
        raise Failure(f"{request.capture or 'source'}: {error}") from None
    except UnknownDriver as error:
        raise Failure(error, WRONG_USAGE) from None
    except DriverError as error:
        raise Failure(error) from None
    except OSError as error:
        raise Failure(f"{error.filename or request.capture}: {error.strerror or error}") from None
    if request.capture is None:
        print(f"tracer: {opened.choice}", file=sys.stderr)
    if consumers:
        _start_consumers(opened, consumers)
    return opened


def _start_consumers(opened: OpenSession, consumers: Sequence[NamedConsumer]) -> None:
    from tracer.core.plugin import PluginError

    try:
        opened.run_consumers(consumers)
    except BaseException as error:
        opened.close()
        if isinstance(error, PluginError):
            raise Failure(error) from None
        raise


def carry_out(
    job: Job,
    opened: OpenSession,
    stop: StopSignals,
    finished: Callable[[], bool] = lambda: False,
    by_event_times: bool = False,
) -> int:
    """Runs an open session to its end, -M by the clock or by the times of events. Returns the exit status.

    Raises Failure.
    """
    arguments = job.arguments
    name = _source_name(opened)
    shows_progress = arguments.progress or sys.stderr.isatty()
    progress = Progress(opened.native, name.rpartition("/")[2]) if shows_progress else None
    start = time.monotonic()
    damage: FormatError | DriverError | None = None
    try:
        writer = make_writer(arguments, opened.session) if arguments.write else None
        try:
            run_session(
                opened.session,
                stop=stop,
                format=job.format,
                writer=writer,
                output_fd=job.output_fd,
                limit=arguments.numevents or 0,
                duration_s=None if by_event_times else arguments.duration_s,
                event_duration_s=(arguments.duration_s or 0) if by_event_times else 0,
                keep_state=arguments.keep_state,
                display_filter=job.display_filter,
                unbuffered=arguments.unbuffered,
                finished=finished,
                watch=progress,
            )
        finally:
            if writer is not None:
                writer.close()
    except (FormatError, DriverError) as error:
        damage = error
    finally:
        if progress is not None:
            progress.clear()
    if job.sets_colours:
        os.write(job.output_fd, RESET_COLOURS)
    if arguments.summary:
        print_summary(opened.session, job.output_fd)
    opened.close()  # the counts add up once no event is under way any more
    report(opened, arguments.verbose, time.monotonic() - start)
    if damage is not None:
        raise Failure(damage if isinstance(damage, DriverError) else f"{name}: {damage}")
    return 128 + stop.received if stop.received else 0


def _source_name(opened: OpenSession) -> str:
    """What messages call the source: the capture, or the driver."""
    choice = opened.choice
    return "source" if choice is None else choice.argument or choice.driver.name


def report(opened: OpenSession, verbose: bool, elapsed_s: float) -> None:
    """What was lost; with -v also how many events there were and how long they took."""
    statistics = opened.statistics()
    if statistics.dropped:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(statistics.drops.items()))
        of_all = f" of {statistics.seen}" if statistics.seen else ""
        print(
            f"tracer: {statistics.dropped}{of_all} events dropped{f' ({reasons})' if reasons else ''}", file=sys.stderr
        )
        if verbose and statistics.drops_by_syscall:
            by_count = sorted(statistics.drops_by_syscall.items(), key=lambda row: -row[1])
            print("Dropped events:", ", ".join(f"{name}: {count}" for name, count in by_count), file=sys.stderr)
        if verbose and statistics.by_cpu:
            by_cpu = [f"{cpu}: {counts.dropped} of {counts.seen}" for cpu, counts in sorted(statistics.by_cpu.items())]
            print("Dropped by CPU:", ", ".join(by_cpu), file=sys.stderr)
    if verbose:
        session, misses = opened.session, opened.misses()
        print(
            f"Events seen: {session.events_read}, passed: {session.events_passed}, dropped: {statistics.dropped}\n"
            f"Look-ups that missed: threads {misses.threads}, descriptors {misses.descriptors}\n"
            f"Elapsed time: {elapsed_s:.3f} s, {session.events_read / max(elapsed_s, 1e-9):.0f} events a second",
            file=sys.stderr,
        )
