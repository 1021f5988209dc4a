"""Events as OpenTelemetry's log records, with the names of its semantic conventions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tracer.plugins.exports.parameters import Value, clean, parameters, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracer import Event

SCOPE = "tracer"
INFO = 9
"""SeverityNumber."""

ATTRIBUTES: tuple[tuple[str, str], ...] = (
    ("process.pid", "proc.pid"),
    ("process.parent_pid", "proc.ppid"),
    ("process.vpid", "proc.vpid"),
    ("process.executable.name", "proc.name"),
    ("process.executable.path", "proc.exepath"),
    ("process.command_line", "proc.cmdline"),
    ("process.working_directory", "proc.cwd"),
    ("process.user.id", "user.uid"),
    ("process.user.name", "user.name"),
    ("thread.id", "thread.tid"),
    ("container.id", "container.id"),
    ("container.name", "container.name"),
    ("container.image.name", "container.image"),
    ("k8s.pod.name", "k8s.pod.name"),
    ("k8s.namespace.name", "k8s.ns.name"),
    ("network.transport", "fd.l4proto"),
    ("client.address", "fd.cip"),
    ("client.port", "fd.cport"),
    ("server.address", "fd.sip"),
    ("server.port", "fd.sport"),
    ("cpu.logical_number", "evt.cpu"),
)
"""Attributes by their names in the semantic conventions, and the fields that they are."""

OWN_ATTRIBUTES: tuple[tuple[str, str], ...] = (
    ("tracer.event.number", "evt.num"),
    ("tracer.event.direction", "evt.dir"),
    ("tracer.event.category", "evt.category"),
    ("tracer.event.latency", "evt.latency"),
    ("tracer.fd.number", "fd.num"),
    ("tracer.fd.type", "fd.type"),
    ("tracer.fd.name", "fd.name"),
)
"""What the conventions have no names for."""

_ALL_ATTRIBUTES = ATTRIBUTES + OWN_ATTRIBUTES

FIELDS = (*(field for _, field in _ALL_ATTRIBUTES), "evt.res", "evt.failed", "evt.info", "evt.type")
HOST = "host"
"""What the field container.id is outside containers."""


class LogRecord(NamedTuple):
    """What is sent of one event."""

    time_ns: int
    """Since the epoch."""
    event_name: str
    body: str
    attributes: Mapping[str, Value]


def log_record(event: Event, fields: Sequence[str] = ()) -> LogRecord:
    """The record for an event; with `fields` its attributes are these, by the names of the fields."""
    name = event.name
    information = clean(event["evt.info"] or "").strip()
    return LogRecord(
        event.time,
        f"syscall.{name}",
        f"{event['evt.dir']} {name} {information}".rstrip(),
        _fields(event, fields) if fields else _attributes(event),
    )


def _fields(event: Event, fields: Sequence[str]) -> dict[str, Value]:
    values = {field: event[field] for field in fields}
    return {field: plain(value) for field, value in values.items() if value is not None}


def _attributes(event: Event) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for attribute, field in _ALL_ATTRIBUTES:
        value = event[field]
        if value is not None and value != "":
            values[attribute] = value if isinstance(value, int) else plain(value)
    if values.get("container.id") == HOST:
        del values["container.id"]
        values.pop("container.name", None)
    if values.get("tracer.fd.type") == "file":
        values["file.path"] = values["tracer.fd.name"]
    if event["evt.failed"]:
        values["error.type"] = plain(event["evt.res"])
    for name, value in parameters(event).items():
        values[f"tracer.argument.{name}"] = value
    return values


def resource_attributes(hostname: str, environment: Mapping[str, str] = os.environ) -> dict[str, Value]:
    """What all records have in common: OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, else this machine's.

    `hostname` is the machine that the events are of; "" where that is not known.
    """
    from urllib.parse import unquote

    values: dict[str, Value] = {"service.name": SCOPE, "os.type": "linux"}
    if hostname:
        values["host.name"] = hostname
    for pair in environment.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, equals, value = pair.strip().partition("=")
        if equals:
            values[key.strip()] = unquote(value.strip())
    if environment.get("OTEL_SERVICE_NAME"):
        values["service.name"] = environment["OTEL_SERVICE_NAME"]
    return values
