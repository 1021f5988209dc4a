"""What is told where a rule matches an event: a line of text or a JSON object."""

from __future__ import annotations

import json
import os
import socket
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import tracer
from tracer.plugins.rules.compiler import CompiledRule
from tracer.plugins.rules.definitions import Priority
from tracer.plugins.rules.settings import Settings

if TYPE_CHECKING:
    from tracer import Event, Format


class Alert(NamedTuple):
    """One match."""

    line: str
    """As outputs show it."""
    priority: Priority


class _Formats(NamedTuple):
    """How the alerts of one rule are made."""

    prefix: Format
    message: Format
    prefix_fields: Format
    message_fields: Format
    extra: dict[str, tuple[Format, bool]]


class AlertMaker:
    """Makes alerts of matches."""

    def __init__(self, settings: Settings) -> None:
        self._is_json = settings.flag("json_output")
        self._has_output = settings.flag("json_include_output_property")
        self._has_message = settings.flag("json_include_message_property")
        self._has_fields = settings.flag("json_include_output_fields_property")
        self._has_tags = settings.flag("json_include_tags_property")
        self._time = "evt.time.iso8601" if settings.flag("time_format_iso_8601") else "evt.time"
        self._data = "base64" if settings.flag("buffer_format_base64") else "dotted"
        self._host = os.environ.get("FALCO_HOSTNAME") or socket.gethostname()
        self._formats: dict[str, _Formats] = {}

    def make(self, rule: CompiledRule, event: Event) -> Alert:
        """The alert for an event, the stream's latest, that a rule matches."""
        formats = self._formats.get(rule.name)
        if formats is None:
            formats = self._formats[rule.name] = self._compile(rule)
        message = _text(event, formats.message)
        output = f"{_text(event, formats.prefix)} {message}"
        if self._is_json:
            line = _dumped(self._members(rule, event, formats, message, output))
        else:
            # Control characters, quotes and the like are written as in JSON.
            line = json.dumps(output, ensure_ascii=False)[1:-1]
        return Alert(line, rule.info.priority)

    def _members(
        self, rule: CompiledRule, event: Event, formats: _Formats, message: str, output: str
    ) -> dict[str, Any]:
        members: dict[str, Any] = {
            "time": _iso_time(event.time),
            "rule": rule.name,
            "priority": rule.info.priority.title,
            "source": rule.info.source,
            "hostname": self._host,
        }
        if self._has_output:
            members["output"] = output
        if self._has_tags:
            members["tags"] = sorted(rule.info.tags)
        if self._has_message:
            members["message"] = message
        if self._has_fields:
            members["output_fields"] = _fields(event, formats)
        return members

    def _compile(self, rule: CompiledRule) -> _Formats:
        prefix = f"*%{self._time}: {rule.info.priority.title}"
        message = f"*{rule.output.removeprefix('*')}"
        extra = {
            name: (self._value_format(text) if keeps_type else self._line_format(text), keeps_type)
            for name, (text, keeps_type) in rule.extra_fields.items()
        }
        return _Formats(
            self._line_format(prefix),
            self._line_format(message),
            self._value_format(prefix),
            self._value_format(message),
            extra,
        )

    def _line_format(self, text: str) -> Format:
        return tracer.Format.line(f"*{text.removeprefix('*')}", self._data)

    def _value_format(self, text: str) -> Format:
        return tracer.Format.json(f"*{text.removeprefix('*')}", self._data)


def _text(event: Event, format: Format) -> str:
    text = event.text(format) or ""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _fields(event: Event, formats: _Formats) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for format in (formats.message_fields, formats.prefix_fields):
        fields |= json.loads(_text(event, format)) or {}
    for name, (format, keeps_type) in formats.extra.items():
        fields[name] = json.loads(_text(event, format))[name] if keeps_type else _text(event, format)
    return fields


def _iso_time(time_ns: int) -> str:
    seconds, nanoseconds = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"


def _dumped(members: dict[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
