"""pcapng with blocks for system calls, as Wireshark reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import Needs, PluginError
from tracer.plugins.exports.options import refuse_unknown

if TYPE_CHECKING:
    from tracer import EventStream


class Pcapng:
    """The output format. A capture is such a file already, this one has just the events that were asked for."""

    name = "pcapng"
    summary = "pcapng with system calls, for Wireshark and tshark"
    is_text = False

    def needs(self, fields: Sequence[str], options: Mapping[str, str]) -> Needs:
        """All events, those of calls that begin too: there are readers who expect them."""
        refuse_unknown(options, ())
        if fields:
            raise PluginError("-p: the file has whole events, fields cannot be chosen")
        return Needs(enter_events=True)

    def write(self, stream: EventStream, path: str, fields: Sequence[str], options: Mapping[str, str]) -> None:
        """Writes the file."""
        stream.record(path)
