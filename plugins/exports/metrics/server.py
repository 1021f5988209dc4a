"""The endpoint that Prometheus scrapes."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6, AddressFamily
from threading import Thread

from tracer.core.plugin import PluginError
from tracer.plugins.exports.metrics.exposition import CONTENT_TYPE

METRICS_PATH = "/metrics"
TIMEOUT_S = 10
"""How long a client may take for its request: it occupies a thread."""


class MetricsServer:
    """Answers requests on threads of its own, until it is closed."""

    def __init__(self, address: str, metrics: Callable[[], str]) -> None:
        """`address` is HOST:PORT; without HOST this machine's every address. Raises PluginError."""
        host, port = parse_address(address)
        kind = _V6Server if ":" in host else _Server
        try:
            self._server = kind((host, port), _handler(metrics))
        except OSError as error:
            raise PluginError(f"--listen {address}: {error.strerror or error}") from None
        self._thread = Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes) else host
        return f"http://{f'[{name}]' if ':' in name else name}:{port}{METRICS_PATH}"

    def close(self) -> None:
        """Answers no more requests."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT, [HOST]:PORT or :PORT. Raises PluginError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise PluginError(f"--listen {text}: it is not HOST:PORT, as in localhost:9100 or :9100")
    return host.removeprefix("[").removesuffix("]"), int(port)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _V6Server(_Server):
    address_family: AddressFamily = AF_INET6


def _handler(metrics: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != METRICS_PATH:
                self.send_error(404, f"the metrics are at {METRICS_PATH}")
                return
            body = metrics().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Requests are no news."""

    return Handler
