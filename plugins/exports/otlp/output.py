"""``tracer export --to otlp``: log records to a collector, or as lines of a file."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from tracer.core.plugin import Needs, PluginError
from tracer.plugins.exports import protobuf
from tracer.plugins.exports.files import opened_output
from tracer.plugins.exports.options import choice, positive, refuse_unknown

if TYPE_CHECKING:
    from tracer import EventStream
    from tracer.plugins.exports.otlp.encode import Origin
    from tracer.plugins.exports.otlp.record import LogRecord

DEFAULT_ENDPOINT = "http://localhost:4318"
LOGS_PATH = "/v1/logs"
POLL_S = 0.1

CONTENT_TYPES = {"protobuf": "application/x-protobuf", "json": "application/json"}
OPTIONS = ("encoding", "compression", "batch", "delay", "timeout", "retry")


class Settings(NamedTuple):
    """How records are sent: from options, and where there is none from the environment, as OpenTelemetry names it."""

    url: str
    """Of the collector."""
    encoding: str
    compress: bool
    headers: Mapping[str, str]
    batch: int
    """Records in one request at most."""
    delay_s: float
    """How long a record waits for others at most."""
    timeout_s: float
    retry_s: float


def settings(path: str, options: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings for a collector at `path`; "-": where the environment says. Raises PluginError."""
    refuse_unknown(options, OPTIONS)
    protocol = environment.get("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    compression = environment.get("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION") or environment.get(
        "OTEL_EXPORTER_OTLP_COMPRESSION", "none"
    )
    timeout_ms = environment.get("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT") or environment.get(
        "OTEL_EXPORTER_OTLP_TIMEOUT", "10000"
    )
    return Settings(
        _url(path, environment),
        choice(options, "encoding", tuple(CONTENT_TYPES), "json" if protocol == "http/json" else "protobuf"),
        choice(options, "compression", ("gzip", "none"), compression) == "gzip",
        _headers(
            environment.get("OTEL_EXPORTER_OTLP_LOGS_HEADERS") or environment.get("OTEL_EXPORTER_OTLP_HEADERS", "")
        ),
        int(positive(options, "batch", 512)),
        positive(options, "delay", 1),
        positive(options, "timeout", float(timeout_ms) / 1000 if timeout_ms.isdecimal() else 10),
        positive(options, "retry", 60),
    )


def _url(path: str, environment: Mapping[str, str]) -> str:
    """Where requests go: the path /v1/logs is added where an endpoint names none."""
    exact = environment.get("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")
    if path == "-" and exact:
        return exact
    base = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", DEFAULT_ENDPOINT) if path == "-" else path
    has_path = path != "-" and "/" in base.partition("://")[2].rstrip("/")
    return base if has_path else base.rstrip("/") + LOGS_PATH


def _headers(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    return {key.strip(): unquote(value.strip()) for key, _, value in pairs}


class Otlp:
    """The output format."""

    name = "otlp"
    summary = "OpenTelemetry log records, to the collector whose URL -o names, or as lines of a file"
    is_text = True

    def needs(self, fields: Sequence[str], options: Mapping[str, str]) -> Needs:
        """The fields that attributes are made of."""
        from tracer.plugins.exports.otlp.record import FIELDS

        settings("-", options)
        return Needs(fields=fields or FIELDS)

    def write(self, stream: EventStream, path: str, fields: Sequence[str], options: Mapping[str, str]) -> None:
        """Sends the records; waits for a collector that is busy, and so takes no more memory than a batch."""
        if path == "-" or "://" in path:
            _send_all(stream, settings(path, options), fields)
            return
        from tracer.plugins.exports.otlp.encode import encode_json

        chosen = settings("-", options)
        with opened_output(path) as out:
            _in_batches(stream, fields, chosen, lambda records, origin: out.write(encode_json(records, origin) + b"\n"))


def _send_all(stream: EventStream, chosen: Settings, fields: Sequence[str]) -> None:
    from tracer.plugins.exports.otlp import encode
    from tracer.plugins.exports.otlp.sending import Endpoint, Sender

    encoded = encode.encode_json if chosen.encoding == "json" else encode.encode_protobuf
    sender = Sender(
        Endpoint(
            chosen.url,
            CONTENT_TYPES[chosen.encoding],
            chosen.headers,
            chosen.compress,
            chosen.timeout_s,
            chosen.retry_s,
        )
    )
    rejected, told = 0, ""

    def send(records: Sequence[LogRecord], origin: Origin) -> None:
        nonlocal rejected, told
        count, message = partial_success(sender.send(encoded(records, origin)), chosen.encoding)
        rejected += count
        told = message or told

    try:
        _in_batches(stream, fields, chosen, send)
    finally:
        sender.close()
    if rejected:
        raise PluginError(f"{chosen.url} has rejected {rejected} log records{f': {told}' if told else ''}")
    if told:
        print(f"tracer: {chosen.url} says: {told}", file=sys.stderr)


def _in_batches(
    stream: EventStream,
    fields: Sequence[str],
    chosen: Settings,
    take: Callable[[Sequence[LogRecord], Origin], object],
) -> None:
    """Hands over records when there are enough of them, when the first has waited long enough, and at the end."""
    from importlib.metadata import version

    from tracer.plugins.exports.otlp.encode import Origin
    from tracer.plugins.exports.otlp.record import log_record, resource_attributes

    hostname = ""
    records: list[LogRecord] = []
    due = 0.0

    def hand_over() -> None:
        take(records, Origin(resource_attributes(hostname), version("tracer")))
        records.clear()

    try:
        while not stream.ended:
            event = stream.poll(POLL_S)
            if event is not None:
                if not records:
                    due = time.monotonic() + chosen.delay_s
                    hostname = hostname or event["evt.hostname"] or ""
                records.append(log_record(event, fields))
            if records and (len(records) >= chosen.batch or time.monotonic() >= due):
                hand_over()
    except PluginError:
        records.clear()
        raise
    finally:
        if records:
            hand_over()


def partial_success(answer: bytes, encoding: str) -> tuple[int, str]:
    """How many records a collector has rejected, and what it says, from its ExportLogsServiceResponse."""
    try:
        if encoding == "json":
            told = (json.loads(answer) if answer.strip() else {}).get("partialSuccess") or {}
            return int(told.get("rejectedLogRecords") or 0), str(told.get("errorMessage") or "")
        inner = dict(protobuf.fields(answer)).get(1, b"")
        values = dict(protobuf.fields(inner)) if isinstance(inner, bytes) else {}
    except (ValueError, AttributeError, TypeError):
        return 0, ""  # taken it has them; not every server answers with the message
    rejected, message = values.get(1, 0), values.get(2, b"")
    text = message.decode(errors="replace") if isinstance(message, bytes) else ""
    return rejected if isinstance(rejected, int) else 0, text
