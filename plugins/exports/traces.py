"""``tracer export --to perfetto`` and ``--to chrome``: files for trace viewers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from tracer.core.plugin import Needs
from tracer.plugins.exports.files import opened_output
from tracer.plugins.exports.options import refuse_unknown

if TYPE_CHECKING:
    from tracer import EventStream
    from tracer.plugins.exports.slices import TraceSink


@dataclass
class TraceOutput:
    """An output format for a trace viewer."""

    name: str
    summary: str
    is_text: bool
    make_sink: Callable[[BinaryIO], TraceSink]

    def needs(self, fields: Sequence[str], options: Mapping[str, str]) -> Needs:
        """Both ends of calls, and context switches."""
        from tracer.plugins.exports.slices import FIELDS

        refuse_unknown(options, ())
        return Needs(fields=(*FIELDS, *fields))

    def write(self, stream: EventStream, path: str, fields: Sequence[str], options: Mapping[str, str]) -> None:
        """Writes the trace; `fields` are the arguments of slices, instead of parameters."""
        from tracer.plugins.exports.slices import Drawing

        with opened_output(path) as out:
            Drawing(self.make_sink(out), fields).draw(stream)


def _perfetto(out: BinaryIO) -> TraceSink:
    from tracer.plugins.exports.perfetto import PerfettoSink

    return PerfettoSink(out)


def _chrome(out: BinaryIO) -> TraceSink:
    from tracer.plugins.exports.chrome import ChromeSink

    return ChromeSink(out)


PERFETTO = TraceOutput("perfetto", "a trace for ui.perfetto.dev: threads, their calls, CPUs", False, _perfetto)
CHROME = TraceOutput("chrome", "the same as the JSON of chrome://tracing, without CPUs", True, _chrome)
