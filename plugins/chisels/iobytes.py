"""How many bytes are read and written in each second."""

from __future__ import annotations

from typing import Any

from tracer.core.chisel import NS_PER_S, RowChisel, Tick
from tracer.plugins.chisels.text import number, text_of


class IoBytes(RowChisel):
    """iobytes."""

    name = "iobytes"
    category = "I/O"
    summary = "Sum of I/O bytes on any type of FD"
    description = (
        "Counts the total bytes read from and written to any type of FD (disk, socket, pipe...) and prints the result "
        "every second."
    )
    fields = ("evt.rawarg.res", "evt.is_io_read", "evt.time.s")
    filter = "evt.is_io=true"
    interval_ns = NS_PER_S

    def set_up(self) -> None:
        """Begins at 0."""
        self._read = self._written = 0

    def on_event(self, *values: Any) -> object:
        """Adds bytes up."""
        result, is_read, _ = values
        if result is not None and result > 0:
            if is_read:
                self._read += result
            else:
                self._written += result
        return True

    def on_interval(self, tick: Tick, *values: Any) -> None:
        """Prints the sums."""
        read, written, both = map(number, (self._read, self._written, self._read + self._written))
        self.print(f"{text_of(values[2])} in:{read} out:{written} tot:{both}")
        self._read = self._written = 0


class IoBytesOfFiles(IoBytes):
    """iobytes_file."""

    name = "iobytes_file"
    summary = "Sum of file I/O bytes"
    description = "Counts the total bytes read from and written to files."
    filter = "evt.is_io=true and fd.type=file"


class IoBytesOfNetwork(IoBytes):
    """iobytes_net."""

    name = "iobytes_net"
    category = "Net"
    summary = "Show total network I/O bytes"
    description = "Counts the total bytes read from and written to the network, and prints the result every second"
    filter = "evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6)"


CHISELS = (IoBytes, IoBytesOfFiles, IoBytesOfNetwork)
