"""Events in other programs' formats: trace viewers, Wireshark, OpenTelemetry, Prometheus; `spark` has a data source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import hookimpl

if TYPE_CHECKING:
    from tracer.core.plugin import Command, OutputFormat


@hookimpl
def tracer_outputs() -> Sequence[OutputFormat]:
    """The formats of `tracer export`."""
    from tracer.plugins.exports.otlp.output import Otlp
    from tracer.plugins.exports.pcapng import Pcapng
    from tracer.plugins.exports.traces import CHROME, PERFETTO

    return [PERFETTO, CHROME, Pcapng(), Otlp()]


@hookimpl
def tracer_commands() -> Sequence[Command]:
    """`tracer metrics`."""
    from tracer.plugins.exports.metrics.command import Metrics

    return [Metrics()]
