"""The main job: show or record the events of this machine or of a capture."""

from __future__ import annotations

import argparse

from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.options import (
    add_chisel_argument,
    add_output_arguments,
    add_selection_arguments,
    add_source_arguments,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of bare `tracer`: sysdig's, where sysdig has them."""
    source = add_source_arguments(parser)
    source.add_argument(
        "-r", "--readfile", metavar="FILE", dest="read", action="append", help="read a capture; - is standard input"
    )
    source.add_argument(
        "-f", "--follow", action="store_true", help="at the end of the capture, wait for more to be written to it"
    )
    add_selection_arguments(parser)
    add_output_arguments(parser)
    chisels = parser.add_argument_group("chisels")
    add_chisel_argument(chisels)
    chisels.add_argument("-cl", "--list-chisels", action="store_true", help="list the chisels")
    chisels.add_argument("-i", "--chisel-info", metavar="NAME", help="say what a chisel does, and its arguments")
    plugins = parser.add_argument_group("plugins")
    plugins.add_argument("--no-plugins", action="store_true", help="load no plugins but tracer's own")
    listing = parser.add_argument_group("listing")
    listing.add_argument("-l", "--list", dest="list_fields", action="store_true", help="list the fields (-lv: more)")
    listing.add_argument("--list-markdown", action="store_true", help="list the fields in Markdown")
    listing.add_argument("-L", "--list-events", action="store_true", help="list the events")
    listing.add_argument("--version", action="store_true", help="print the version")


def run(arguments: argparse.Namespace) -> int:
    """Prints what was asked for, or runs the session."""
    arguments.filter += arguments.after_dashes
    return 0 if _print_listing(arguments) else _trace(arguments)


def _print_listing(arguments: argparse.Namespace) -> bool:
    """Prints the list or line that was asked for instead of events; False if none was."""
    if arguments.version:
        from importlib.metadata import version

        print(f"tracer {version('tracer')}")
    elif arguments.list_fields:
        from tracer.core.cli.listing import print_fields

        print_fields(arguments.verbose)
    elif arguments.list_markdown:
        from tracer.core.cli.listing import print_fields_as_markdown

        print_fields_as_markdown()
    elif arguments.list_chisels:
        from tracer.core.cli.chisel_listing import print_chisels

        print_chisels()
    elif arguments.chisel_info:
        from tracer.core.cli.chisel_listing import print_chisel

        print_chisel(arguments.chisel_info)
    elif arguments.list_events:
        from tracer.core.cli.listing import print_events

        print_events()
    elif arguments.format == "p":
        import sys

        from tracer.core.cli.formats import default_format

        print(default_format(sys.stdout.isatty()))
    else:
        return False
    return True


def _trace(arguments: argparse.Namespace) -> int:
    from tracer.core.cli.job import carry_out, open_job, prepare
    from tracer.core.driver_choice import DriverRequest
    from tracer.core.runner import StopSignals

    captures = arguments.read or [None]
    if arguments.write and len(captures) > 1:
        raise Failure("-w takes one -r: each capture would overwrite the one before", WRONG_USAGE)
    if arguments.follow and len(arguments.read or ()) != 1:
        raise Failure("-f waits at the end of a capture: give one -r FILE", WRONG_USAGE)
    if arguments.chisels:
        from tracer.core.cli.chisel_run import run_chosen

        return run_chosen(arguments)
    job = prepare(arguments)
    job = job._replace(plan=job.plan._replace(follow=arguments.follow))
    status = 0
    with StopSignals() as stop:
        for capture in captures:
            with open_job(job, DriverRequest(capture=capture, option=arguments.driver)) as opened:
                status = carry_out(job, opened, stop, by_event_times=capture is not None)
            if stop.received:
                break
    return status
