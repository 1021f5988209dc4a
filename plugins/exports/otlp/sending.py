"""OTLP over HTTP: requests to a collector, repeated where it asks for that."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from tracer.core.plugin import PluginError

RETRYABLE = frozenset({429, 502, 503, 504})
"""Status codes after which the protocol has a request repeated."""

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
RESPONSE_BYTES = 64 * 1024
"""How much of a response is read."""


class Endpoint(NamedTuple):
    """Where requests go, and how."""

    url: str
    content_type: str
    headers: Mapping[str, str] = {}
    compress: bool = False
    timeout_s: float = 10
    retry_s: float = 60
    """For how long a request is repeated before it is given up."""


class Sender:
    """Sends requests one after the other over one connection, which is made anew where it breaks."""

    def __init__(self, endpoint: Endpoint, sleep: Callable[[float], None] = time.sleep) -> None:
        """Raises PluginError for what is no URL."""
        self._endpoint = endpoint
        self._sleep = sleep
        self._url = _checked(endpoint.url)
        self._connection: HTTPConnection | None = None

    def send(self, body: bytes) -> bytes:
        """Sends one request until the collector has taken it; its response.

        Raises PluginError where the collector refuses it, or cannot be reached for too long.
        """
        content = gzip.compress(body, 1) if self._endpoint.compress else body
        end = time.monotonic() + self._endpoint.retry_s
        delay_s = FIRST_DELAY_S
        while True:
            asked_s: float | None = None
            try:
                response = self._post(content)
            except (OSError, HTTPException) as error:
                self.close()
                reason = str(error) or type(error).__name__
            else:
                answer = response.read(RESPONSE_BYTES)
                if response.will_close or response.read(1):
                    self.close()
                if response.status < 300:
                    return answer
                reason = f"status {response.status} {response.reason}"
                if response.status not in RETRYABLE:
                    raise PluginError(f"{self._endpoint.url} refuses log records: {reason}{_told(answer)}")
                asked_s = _retry_after(response.headers.get("Retry-After", ""))
            # Collectors that come back must not be met by everybody at once.
            wait_s = asked_s if asked_s is not None else delay_s * random.uniform(0.5, 1)
            if time.monotonic() + wait_s > end:
                raise PluginError(f"{self._endpoint.url} takes no log records: {reason}")
            self._sleep(wait_s)
            delay_s = min(delay_s * 2, LONGEST_DELAY_S)

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, content: bytes) -> HTTPResponse:
        if self._connection is None:
            kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
            self._connection = kind(self._url.hostname or "", self._url.port, timeout=self._endpoint.timeout_s)
        headers = {"Content-Type": self._endpoint.content_type, "User-Agent": "tracer", **self._endpoint.headers}
        if self._endpoint.compress:
            headers["Content-Encoding"] = "gzip"
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        self._connection.request("POST", target, content, headers)
        return self._connection.getresponse()


def _checked(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        is_whole = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError as error:
        raise PluginError(f"{text!r} is no address of a collector: {error}") from None
    if not is_whole:
        raise PluginError(f"{text!r} is no address of a collector; one is like http://localhost:4318/v1/logs")
    return url


def _told(answer: bytes) -> str:
    text = answer.decode(errors="replace").strip()
    return f": {text[:200]}" if text and text.isprintable() else ""


def _retry_after(text: str) -> float | None:
    """Seconds that a header asks to wait: it has a number or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
