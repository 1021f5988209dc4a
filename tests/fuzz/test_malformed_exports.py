"""Whatever is in a capture, what is exported of it can be read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as perfetto
from prometheus_client.parser import text_string_to_metric_families

import tracer
from tracer.plugins.exports.chrome import ChromeSink
from tracer.plugins.exports.metrics.counters import Counters
from tracer.plugins.exports.metrics.exposition import exposition
from tracer.plugins.exports.otlp.encode import Origin, encode_json, encode_protobuf
from tracer.plugins.exports.otlp.record import LogRecord, log_record
from tracer.plugins.exports.perfetto import PerfettoSink
from tracer.plugins.exports.slices import Drawing

CAPTURE = (Path(__file__).parents[1] / "captures" / "07-tiny.scap").read_bytes()
EVENTS_START = 60_000
"""Most of what comes after is in events."""

CHANGES = st.lists(st.tuples(st.integers(EVENTS_START, len(CAPTURE) - 1), st.integers(0, 255)), min_size=1, max_size=4)


def export_perfetto(events: tracer.EventStream) -> None:
    out = io.BytesIO()
    try:
        Drawing(PerfettoSink(out)).draw(events)
    finally:
        perfetto.Trace.FromString(out.getvalue())


def export_chrome(events: tracer.EventStream) -> None:
    out = io.BytesIO()
    try:
        Drawing(ChromeSink(out)).draw(events)
    finally:
        json.loads(out.getvalue())


def export_logs(events: tracer.EventStream) -> None:
    records: list[LogRecord] = []
    try:
        records.extend(log_record(event) for event in events)
    finally:
        logs.ExportLogsServiceRequest.FromString(encode_protobuf(records, Origin({}, "1")))
        json.loads(encode_json(records, Origin({}, "1")))


def export_metrics(events: tracer.EventStream) -> None:
    counters = Counters(processes=3, durations=True)
    try:
        for batch in events.batches(counters.fields):
            counters.add(batch)
    finally:
        list(text_string_to_metric_families(exposition(counters, events.statistics, {})))


@pytest.mark.parametrize("export", [export_perfetto, export_chrome, export_logs, export_metrics])
@given(changes=CHANGES)
@settings(max_examples=15, deadline=None)
def test_what_is_exported_of_a_damaged_capture_can_be_read(
    export: Callable[[tracer.EventStream], None],
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[int, int]],
) -> None:
    damaged = bytearray(CAPTURE)
    for place, value in changes:
        damaged[place] = value
    path = tmp_path_factory.getbasetemp() / "damaged.scap"
    path.write_bytes(damaged)
    try:
        with tracer.open(path) as events:
            export(events)
    except tracer.FormatError as error:
        assert "byte" in str(error)
