"""A field registry of a few made-up and a few real fields, for tests of the filter compiler alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.core.filter.registry import Field

TYPES = {
    "proc.name": "charbuf",
    "proc.pname": "charbuf",
    "proc.pid": "int64",
    "proc.aname": "charbuf",
    "proc.duration": "reltime",
    "user.uid": "uint32",
    "fd.name": "charbuf",
    "fd.num": "int64",
    "fd.ip": "ipaddr",
    "fd.net": "ipnet",
    "fd.port": "port",
    "fd.types": "charbuf",
    "evt.type": "charbuf",
    "evt.dir": "charbuf",
    "evt.arg": "charbuf",
    "evt.rawarg": "dyn",
    "evt.around": "uint64",
    "evt.buffer": "bytebuf",
    "evt.is_io": "bool",
    "evt.addr": "sockaddr",
    "thread.cpu": "double",
}
LISTS = frozenset({"fd.types"})


class StubRegistry:
    def find(self, text: str) -> Field | None:
        match = re.fullmatch(r"([a-z_]+\.[a-z_]+)(?:\[(.*)\]|\.(\w+))?", text)
        if match is None or match[1] not in TYPES:
            return None
        if match[2] == "bad":
            raise ValueError(f"{match[1]}: the argument must be a number")
        return Field(match[1], match[2] or match[3], TYPES[match[1]], match[1] in LISTS)

    def names(self) -> Sequence[str]:
        return list(TYPES)

    def regex_error(self, pattern: bytes) -> str:
        return "missing )" if pattern.count(b"(") > pattern.count(b")") else ""
