"""Alerts for a server."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from typing import BinaryIO

from tracer.core.plugin import PluginError
from tracer.plugins.rules.alerts import Alert
from tracer.plugins.rules.settings import Settings

TIMEOUT_S = 10.0


class HttpOutput:
    """A POST request for each alert."""

    name = "http"
    may_wait = True

    def __init__(self, settings: Settings) -> None:
        self._url = settings.text("http_output", "url").strip("\"'")
        if not self._url.startswith(("http://", "https://")):
            raise PluginError(f"http_output.url is no address of a server: '{self._url}'")
        kind = "application/json" if settings.flag("json_output") else "text/plain"
        self._headers = {"Content-Type": kind, "User-Agent": settings.text("http_output", "user_agent")}
        self._compresses = settings.flag("http_output", "compress_uploads")
        self._tries = 1 + int(settings.number("http_output", "max_consecutive_timeouts"))
        self._echo = settings.flag("http_output", "echo")
        context = _trust(settings)
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))

    def send(self, alert: Alert) -> None:
        """See Output."""
        data, headers = alert.line.encode(), dict(self._headers)
        if self._compresses:
            import gzip

            data = gzip.compress(data)
            headers["Content-Encoding"] = "gzip"
        request = urllib.request.Request(self._url, data, headers, method="POST")
        for left in reversed(range(self._tries)):
            try:
                with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                    self._show(answer)
                return
            except TimeoutError:
                if not left:
                    raise
            except urllib.error.HTTPError as error:
                error.close()
                return  # the server has got it, whatever it says

    def close(self) -> None:
        """See Output."""

    def _show(self, answer: BinaryIO) -> None:
        text = answer.read()
        if self._echo:
            import sys

            sys.stderr.buffer.write(text)


def _trust(settings: Settings) -> ssl.SSLContext:
    """Which servers are trusted, and what we show them."""
    names = {key: settings.text("http_output", key) for key in ("ca_cert", "ca_bundle", "ca_path")}
    file = names["ca_cert"] or names["ca_bundle"]
    try:
        context = ssl.create_default_context(cafile=file or None, capath=None if file else names["ca_path"] or None)
        if settings.flag("http_output", "insecure"):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if settings.flag("http_output", "mtls"):
            context.load_cert_chain(
                settings.text("http_output", "client_cert"), settings.text("http_output", "client_key")
            )
    except OSError as error:
        raise PluginError(f"http_output: certificates cannot be used: {error}") from None
    return context
