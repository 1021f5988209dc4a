"""A collector for OTLP over HTTP that answers as it is told, and decodes with OpenTelemetry's own messages."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as messages


@dataclass
class Answer:
    """How the collector answers one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """A request as it came."""

    path: str
    headers: Any
    message: Any


@dataclass
class Collector:
    """What has come so far."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    """For the next requests; afterwards all are taken."""
    requests: list[Request] = field(default_factory=list)

    def records(self) -> list[Any]:
        """All log records of requests that were taken."""
        return [
            record
            for request in self.requests
            for resource in request.message.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]


def attributes(owner: Any) -> dict[str, object]:
    """The attributes of a record or resource as a dictionary."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in owner.attributes}


def decoded(content_type: str, body: bytes) -> Any:
    """The request in a body. Fails where it is not what its type says."""
    message = messages.ExportLogsServiceRequest()
    if content_type == "application/json":
        json_format.Parse(body, message)
    else:
        assert content_type == "application/x-protobuf"
        message.ParseFromString(body)
    return message


@contextmanager
def collector() -> Iterator[Collector]:
    """Runs a collector."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            answer = running.answers.pop(0) if running.answers else Answer()
            if answer.status == 200:
                message = decoded(self.headers["Content-Type"], body)
                running.requests.append(Request(self.path, self.headers, message))
            self.send_response(answer.status)
            for key, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
