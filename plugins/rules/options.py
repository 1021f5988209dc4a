"""The options of `tracer rules`."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares them."""
    parser.usage = "tracer rules -r FILE... [-e CAPTURE] [options]"
    parser.epilog = "Alerts go to stdout, and to where -c and -o say; counts and messages go to stderr."
    rules = parser.add_argument_group("rules")
    rules.add_argument(
        "-r",
        dest="files",
        metavar="FILE",
        action="append",
        nargs="+",
        default=[],
        help="load these rules files, or those of a directory; later ones may change what earlier ones define",
    )
    rules.add_argument(
        "-V",
        "--validate",
        metavar="FILE",
        action="append",
        nargs="+",
        default=[],
        help="check these rules files and say what is wrong with them; status 1 if any cannot be used",
    )
    rules.add_argument("-L", dest="describe_all", action="store_true", help="show what all rules are for")
    rules.add_argument("-l", dest="describe", metavar="RULE", help="show what one rule is for")
    rules.add_argument(
        "-t",
        dest="tags",
        metavar="TAG",
        action="append",
        default=[],
        help="only rules with this tag, or one of several",
    )
    rules.add_argument(
        "-T", dest="disabled_tags", metavar="TAG", action="append", default=[], help="no rules with this tag"
    )
    rules.add_argument(
        "-D",
        dest="disabled_names",
        metavar="TEXT",
        action="append",
        default=[],
        help="no rules with this text in their names",
    )
    source = parser.add_argument_group("source")
    source.add_argument("-e", dest="capture", metavar="CAPTURE", help="read events from a capture file")
    source.add_argument("--driver", metavar="NAME[:ARG]", help="take events from this driver (see: tracer drivers)")
    source.add_argument(
        "--pid", type=int, action="append", default=[], help="only events of this process and its descendants"
    )
    source.add_argument(
        "-M",
        dest="duration_s",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="stop after so many seconds; of a capture, by the times of its events",
    )
    source.add_argument("--dry-run", action="store_true", help="load everything, but read no events")
    output = parser.add_argument_group("output")
    output.add_argument("-j", "--json", action="store_true", help="show alerts, and what -V and -L show, as JSON")
    output.add_argument("-p", "--print", dest="extra", metavar="FORMAT", help="add this to the text of all alerts")
    output.add_argument("-c", dest="configuration", metavar="FILE", help="read settings from a file as Falco has it")
    output.add_argument(
        "-o",
        "--option",
        dest="settings",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="change one setting, as in file_output.enabled=true; for the rest see docs/rules.md",
    )
    output.add_argument("-U", "--unbuffered", action="store_true", help="hand over each alert at once")
    output.add_argument("-v", "--verbose", action="store_true", help="say what is loaded, and what is left out")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if seconds < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return seconds
