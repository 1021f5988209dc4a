"""The main job: show or record the events of this machine or of a capture."""

from __future__ import annotations

import argparse

from tracer.core.cli.options import add_output_arguments, add_selection_arguments, add_source_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of bare `tracer`, as sysdig has them."""
    source = parser.add_argument_group("capture files")
    source.add_argument(
        "-r", "--readfile", metavar="FILE", dest="read", action="append", default=[], help="read events from a capture"
    )
    add_source_arguments(parser)
    add_selection_arguments(parser)
    add_output_arguments(parser)
    listing = parser.add_argument_group("listing")
    listing.add_argument("-l", "--list", dest="list_fields", action="store_true", help="list the fields (-lv: more)")
    listing.add_argument("-L", "--list-events", action="store_true", help="list the events")
    listing.add_argument("--version", action="store_true", help="print the version")


def run(arguments: argparse.Namespace) -> int:
    """Runs the main job."""
    return 0
