"""Servers at unix sockets that answer as container runtimes do, with what a test gives them."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tracer.plugins.containers.messages import messages


@contextmanager
def http_server(path: Path, resources: Mapping[str, object]) -> Iterator[list[str]]:
    """Serves these resources as JSON; what was asked for. A resource that is a status is answered with it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer = resources.get(self.path, 404)
            self.send_response(answer if isinstance(answer, int) else 200)
            self.end_headers()
            if not isinstance(answer, int):
                self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


Calls = Mapping[str, tuple[str, Callable[[Any], Any]]]
"""By the method's path: the name of the question's message, and what answers it; None: there is no such thing."""


@contextmanager
def grpc_server(path: Path, table: str, calls: Calls) -> Iterator[None]:
    """Serves these calls, whose messages `table` describes."""
    import grpc

    kinds = messages(table)

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            if details.method not in calls:
                return None
            question, answer = calls[details.method]

            def run(asked: Any, context: Any) -> Any:
                told = answer(asked)
                if told is None:
                    context.abort(grpc.StatusCode.NOT_FOUND, "there is no such thing")
                return told

            return grpc.unary_unary_rpc_method_handler(
                run,
                request_deserializer=kinds[question].FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Handler()])
    server.add_insecure_port(f"unix:{path}")
    server.start()
    try:
        yield
    finally:
        server.stop(None).wait()
