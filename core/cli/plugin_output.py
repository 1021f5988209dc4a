"""`tracer export --to NAME` for the output formats that plugins bring."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from tracer.core.api import EventStream
from tracer.core.cli.commands.export import first_word, split_fields
from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.cli.job import open_reported, parse_filter
from tracer.core.cli.writing import refuse_to_overwrite_input
from tracer.core.driver import DriverError
from tracer.core.driver_choice import DriverRequest
from tracer.core.filter import compile_filter
from tracer.core.filter.registry import EngineRegistry
from tracer.core.needs import both, filter_text, plan_for_needs
from tracer.core.plugin import OutputFormat, PluginError
from tracer.core.plugins import Provided, installed_plugins
from tracer.core.runner import StopSignals


def print_kinds(own: Iterable[str]) -> None:
    """Prints what may stand behind --to."""
    summaries = {name: "tracer's own" for name in own}
    summaries |= {name: provided.thing.summary for name, provided in sorted(installed_plugins().outputs.items())}
    width = max(map(len, summaries))
    for name, summary in summaries.items():
        print(f"{name:{width}}  {summary}")


def export_with_plugin(arguments: argparse.Namespace) -> int:
    """Exports to the end, or until it is stopped. Raises Failure."""
    provided = _find(arguments.to)
    output = provided.thing
    options = _options(arguments.option)
    if not arguments.output and not output.is_text and os.isatty(sys.stdout.fileno()):
        raise Failure(f"--to {output.name} is no text for a terminal: name a file with -o", WRONG_USAGE)
    words = arguments.words + arguments.after_dashes
    capture = None if arguments.live or arguments.driver else first_word(words)
    text = " ".join(words)
    parse_filter(text)
    fields = split_fields(arguments.fields) if arguments.fields else []
    _check_fields(fields)
    try:
        needs = output.needs(fields, options)
        needed = both(text, filter_text(needs))
        plan = plan_for_needs(
            needs,
            text,
            narrows=capture is None,
            snaplen_bytes=arguments.snaplen,
            buffer_bytes=arguments.buffer,
            exclude_self=not arguments.debug,
            probes=tuple(arguments.probes),
            stacks=arguments.stacks,
        )
        request = DriverRequest(capture=capture, option=arguments.driver)
        filter = compile_filter(needed) if needed.strip() else None
        with StopSignals() as stop, open_reported(request, plan, filter, arguments.debug) as opened:
            if arguments.output:
                refuse_to_overwrite_input(arguments.output)
            stream = EventStream(opened, limit=arguments.numevents or 0, stopped=lambda: bool(stop.received))
            output.write(stream, arguments.output or "-", fields, options)
    except (PluginError, DriverError) as error:
        raise Failure(f"--to {output.name}: {error}") from None
    except ValueError as error:
        raise Failure(f"{capture or 'source'}: {error}") from error
    except (OSError, Failure):
        raise
    except Exception as error:
        plugin = f"plugin {provided.plugin} of {provided.distribution}"
        raise Failure(f"--to {output.name}: {plugin} failed: {type(error).__name__}: {error}") from error
    return 128 + stop.received if stop.received else 0


def _find(name: str) -> Provided[OutputFormat]:
    outputs = installed_plugins().outputs
    if name not in outputs:
        raise Failure(f"--to: there is no kind {name}; tracer export --list shows the kinds", WRONG_USAGE)
    return outputs[name]


def _check_fields(fields: Iterable[str]) -> None:
    for field in fields:
        try:
            is_known = EngineRegistry().find(field) is not None
        except ValueError as error:
            raise Failure(f"-p: {error}") from None
        if not is_known:
            raise Failure(f"-p: there is no field {field}")


def _options(texts: Iterable[str]) -> dict[str, str]:
    options = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise Failure(f"--option {text}: it is not KEY=VALUE", WRONG_USAGE)
        options[key] = value
    return options
