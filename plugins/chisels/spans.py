"""Durations of spans, for statsd."""

from __future__ import annotations

import re
import socket
from typing import Any

from tracer.core.chisel import ChiselArgument, PluginError, RowChisel
from tracer.plugins.chisels.text import NS_PER_MS, number, text_of

RESERVED = re.compile(r"[:|@]")


class TracersToStatsd(RowChisel):
    """tracers_2_statsd."""

    name = "tracers_2_statsd"
    category = "Tracers"
    summary = "Export spans duration as statds metrics."
    description = (
        "Converts sysdig span duration data into statsd metrics and pipes them to the given statsd server. See "
        "https://github.com/draios/sysdig/wiki/Tracers for more information."
    )
    arguments = (
        ChiselArgument("server_addr", "The address of the statsd server to send data to", is_optional=True),
        ChiselArgument("server_port", "The UDP port to use", is_optional=True),
    )
    fields = ("span.tags", "span.duration")
    filter = "evt.type=tracer and evt.dir=<"

    def set_up(self) -> None:
        """Finds the server."""
        address, port = self.values.get("server_addr", "127.0.0.1"), self.values.get("server_port", "8125")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.connect((address, int(port)))
        except (OSError, ValueError, OverflowError) as error:
            raise PluginError(f"no server to send to at {address}, port {port}: {error}") from None

    def on_event(self, *values: Any) -> object:
        """Sends a span."""
        tags, duration_ns = values
        if duration_ns is None:
            return True
        message = f"{RESERVED.sub('_', text_of(tags))}:{number(duration_ns / NS_PER_MS)}|ms"
        try:
            self._socket.send(message.encode(errors="surrogateescape"))
        except ConnectionRefusedError:
            pass  # nobody listens there, of which a sender of datagrams need not know
        except OSError as error:
            raise PluginError(f"the span cannot be sent: {error.strerror}") from None
        return True

    def finish(self) -> None:
        """Closes the socket."""
        self._socket.close()


CHISELS = (TracersToStatsd,)
