"""`tracer export`: events as a table, for programs that analyse tables."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.options import add_limit_argument, add_source_arguments

if TYPE_CHECKING:
    from tracer.core.opening import OpenSession
    from tracer.core.runner import StopSignals

KINDS = ("json", "parquet", "arrow")
"""Tracer's own; plugins bring more."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to export, in which form, and where to."""
    parser.usage = "tracer export [options] --to KIND CAPTURE [FILTER...]"
    parser.epilog = (
        "json: one object a line. parquet: for pandas, Polars, DuckDB, Spark. arrow: the stream format of Arrow IPC, "
        "which can be read while it is written. Parquet and Arrow need pyarrow: pip install 'tracer[arrow]'. "
        "Plugins bring more: tracer export --list."
    )
    add_source_arguments(parser).add_argument(
        "--live", action="store_true", help="export what this machine does now: no CAPTURE stands before FILTER"
    )
    parser.add_argument(
        "words", metavar="CAPTURE [FILTER...]", nargs="*", help="a capture (-: standard input) and what to export of it"
    )
    group = parser.add_argument_group("output")
    group.add_argument("--to", metavar="KIND", help=f"one of {', '.join(KINDS)}, or what a plugin brings")
    group.add_argument("--list", action="store_true", dest="list_kinds", help="list the kinds, those of plugins too")
    group.add_argument(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="tell a plugin's kind more; may be repeated"
    )
    group.add_argument("-o", "--output", metavar="FILE", help="write to FILE instead of standard output")
    group.add_argument(
        "-p", "--print", metavar="FIELDS", dest="fields", help="the columns: names of fields, with commas or spaces"
    )
    add_limit_argument(group)


def run(arguments: argparse.Namespace) -> int:
    """Exports to the end, or until it is stopped; what came before is whole in either case."""
    if arguments.list_kinds:
        from tracer.core.cli.plugin_output import print_kinds

        print_kinds(KINDS)
        return 0
    if not arguments.to:
        raise Failure("--to KIND is missing: tracer export --list shows the kinds", WRONG_USAGE)
    if arguments.to not in KINDS:
        from tracer.core.cli.plugin_output import export_with_plugin

        return export_with_plugin(arguments)
    from tracer.core.api import DEFAULT_COLUMNS
    from tracer.core.cli.job import open_reported, parse_filter
    from tracer.core.cli.writing import refuse_to_overwrite_input
    from tracer.core.driver_choice import DriverRequest
    from tracer.core.plan import plan_for
    from tracer.core.runner import StopSignals

    if arguments.to != "json":
        _check_pyarrow(arguments.to)
    words = arguments.words + arguments.after_dashes
    capture = None if arguments.live or arguments.driver else first_word(words)
    fields = split_fields(arguments.fields) if arguments.fields else list(DEFAULT_COLUMNS)
    tree, compiled = parse_filter(" ".join(words))
    plan = plan_for(
        tree,
        fields,
        compiled=compiled if capture is None else None,
        snaplen_bytes=arguments.snaplen,
        buffer_bytes=arguments.buffer,
        page_faults=arguments.page_faults,
        exclude_self=not arguments.debug,
        probes=tuple(arguments.probes),
        stacks=arguments.stacks,
    )
    request = DriverRequest(capture=capture, option=arguments.driver)
    with StopSignals() as stop, open_reported(request, plan, compiled, arguments.debug) as opened:
        if arguments.output:
            refuse_to_overwrite_input(arguments.output)
        _export(opened, arguments, fields, stop, capture or "source")
    return 128 + stop.received if stop.received else 0


def first_word(words: list[str]) -> str:
    """Takes the capture from the words. Raises Failure."""
    if not words:
        raise Failure("which capture? Name its file, or ask for --live", WRONG_USAGE)
    return words.pop(0)


def _check_pyarrow(kind: str) -> None:
    from tracer.core.arrow import import_pyarrow

    try:
        import_pyarrow()
    except ImportError as error:
        raise Failure(f"--to {kind}: {error}") from None


def split_fields(text: str) -> list[str]:
    """The names in a list with commas, spaces or percent signs in between; a comma may stand in brackets."""
    return re.findall(r"[\w.]+(?:\[[^\]]*\])?", text)


def _export(
    opened: OpenSession, arguments: argparse.Namespace, fields: list[str], stop: StopSignals, name: str
) -> None:
    from tracer.core._engine import FormatError
    from tracer.core.driver import DriverError

    write = _write_json if arguments.to == "json" else _write_table
    try:
        write(opened, arguments, fields, stop)
    except FormatError as error:
        raise Failure(f"{name}: {error}") from None
    except (ValueError, DriverError) as error:
        raise Failure(error) from None


def _write_json(opened: OpenSession, arguments: argparse.Namespace, fields: list[str], stop: StopSignals) -> None:
    from tracer.core._engine import Format
    from tracer.core.runner import run_session

    format = Format.json("*" + "".join(f"%{field} " for field in fields))
    with _opened_output(arguments) as out:
        run_session(opened.session, stop=stop, format=format, output_fd=out.fileno(), limit=arguments.numevents or 0)


def _write_table(opened: OpenSession, arguments: argparse.Namespace, fields: list[str], stop: StopSignals) -> None:
    import pyarrow

    from tracer.core._engine import ColumnStream
    from tracer.core.arrow import batches

    stream = ColumnStream(opened.session, fields, arguments.numevents or 0)
    schema = pyarrow.schema(stream)
    with _opened_output(arguments) as out:
        if arguments.to == "arrow":
            writer = pyarrow.ipc.new_stream(out, schema)
        else:
            from pyarrow.parquet import ParquetWriter

            writer = ParquetWriter(out, schema)
        with writer:
            for batch in batches(stream, lambda: bool(stop.received)):
                writer.write_batch(batch)


@contextmanager
def _opened_output(arguments: argparse.Namespace) -> Iterator[BinaryIO]:
    """The file to write to. Raises OSError, and Failure rather than send a terminal bytes that are no text."""
    if arguments.output:
        with Path(arguments.output).open("wb") as out:
            yield out
    elif arguments.to != "json" and os.isatty(sys.stdout.fileno()):
        raise Failure(f"--to {arguments.to} is no text for a terminal: name a file with -o", WRONG_USAGE)
    else:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
