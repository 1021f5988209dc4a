"""Commands to memcached."""

from __future__ import annotations

from typing import Any

from tracer.core.chisel import ChiselArgument, RowChisel
from tracer.plugins.chisels.slow import parse_number

KEY_PLACE, SIZE_PLACE = 1, 4
"""Words of a command."""


class MemcacheLog(RowChisel):
    """memcachelog."""

    name = "memcachelog"
    category = "Application"
    summary = "memcached requests log"
    description = "Show a log of memcached commands (get/set)"
    arguments = (
        ChiselArgument("method", "get/set", "", is_optional=True),
        ChiselArgument("size", "object size", "", is_optional=True),
    )
    fields = ("evt.arg[1]", "evt.datetime")
    stream_filter = "(fd.sport=11211 or proc.name=memcached) and evt.is_io=true"
    snaplen_bytes = 4096

    def set_up(self) -> None:
        """Looks at the arguments."""
        self.filter = self.stream_filter
        self._method = self.values.get("method")
        self._least = parse_number(self.values, "size") if "size" in self.values else 0

    def on_event(self, *values: Any) -> object:
        """Prints a command."""
        words = (values[0] or "").split(" ")
        method = words[0]
        if not method.startswith(("get", "set")) or len(words) <= KEY_PLACE:
            return True
        if self._method is not None and self._method != method:
            return True
        size = words[SIZE_PLACE] if len(words) > SIZE_PLACE else ""
        length = int(size) if size.isdecimal() else 0
        if self._method == "set" and length < self._least:
            return True
        self.print(f"{values[1]} method={method} size={length}B key={words[KEY_PLACE]}")
        return True


CHISELS = (MemcacheLog,)
