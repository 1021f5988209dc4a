"""Log records as OTLP has them: the message ExportLogsServiceRequest, in protobuf and in JSON.

The numbers and names of fields are those of opentelemetry/proto/ in opentelemetry-proto.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tracer.plugins.exports import protobuf as pb
from tracer.plugins.exports.otlp.record import INFO, SCOPE, LogRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer.plugins.exports.parameters import Value

SCHEMA_URL = "https://opentelemetry.io/schemas/1.37.0"
"""The semantic conventions that attributes are named by."""

SEVERITY = "INFO"


class Origin(NamedTuple):
    """What all records of a request have in common."""

    resource: Mapping[str, Value]
    version: str
    """Of the program that made them."""


def encode_protobuf(records: Sequence[LogRecord], origin: Origin) -> bytes:
    """The request as bytes."""
    scope = pb.text(1, SCOPE) + pb.text(2, origin.version)
    logs = pb.message(1, scope) + b"".join(pb.message(2, _record(record)) for record in records)
    resource = b"".join(_attribute(1, key, value) for key, value in origin.resource.items())
    return pb.message(
        1, pb.message(1, resource) + pb.message(2, logs + pb.text(3, SCHEMA_URL)) + pb.text(3, SCHEMA_URL)
    )


def _record(record: LogRecord) -> bytes:
    time = pb.fixed64(1, record.time_ns) + pb.fixed64(11, record.time_ns)
    severity = pb.integer(2, INFO) + pb.text(3, SEVERITY)
    attributes = b"".join([_attribute(6, key, value) for key, value in record.attributes.items()])
    return time + severity + pb.message(5, pb.text(1, record.body)) + attributes + pb.text(12, record.event_name)


# Descriptors, programs and users are the same again and again.
@lru_cache(1 << 14, typed=True)
def _attribute(number: int, key: str, value: Value) -> bytes:
    """A KeyValue as field `number` of a message."""
    return pb.message(number, pb.text(1, key) + pb.message(2, _any_value(value)))


def _any_value(value: Value) -> bytes:
    if isinstance(value, bool):
        return pb.integer(2, value)
    if isinstance(value, int):
        # There is no unsigned type: what is too big for the signed one is text.
        return pb.integer(3, value) if value < 1 << 63 else pb.text(1, str(value))
    return pb.double(4, value) if isinstance(value, float) else pb.text(1, value)


def encode_json(records: Sequence[LogRecord], origin: Origin) -> bytes:
    """The request as JSON, without a line end."""
    scope_logs = {
        "scope": {"name": SCOPE, "version": origin.version},
        "logRecords": [_json_record(record) for record in records],
        "schemaUrl": SCHEMA_URL,
    }
    resource_logs = {
        "resource": {"attributes": _json_attributes(origin.resource)},
        "scopeLogs": [scope_logs],
        "schemaUrl": SCHEMA_URL,
    }
    return json.dumps({"resourceLogs": [resource_logs]}, separators=(",", ":")).encode()


def _json_record(record: LogRecord) -> dict[str, object]:
    return {
        "timeUnixNano": str(record.time_ns),
        "observedTimeUnixNano": str(record.time_ns),
        "severityNumber": INFO,
        "severityText": SEVERITY,
        "body": {"stringValue": record.body},
        "attributes": _json_attributes(record.attributes),
        "eventName": record.event_name,
    }


def _json_attributes(attributes: Mapping[str, Value]) -> list[dict[str, object]]:
    return [{"key": key, "value": _json_value(value)} for key, value in attributes.items()]


def _json_value(value: Value) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if value < 1 << 63 else {"stringValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
