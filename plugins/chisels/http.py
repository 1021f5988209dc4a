"""HTTP requests, as they are seen in what processes read and write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from tracer.core.chisel import ChiselArgument, PluginError, Row, RowChisel
from tracer.plugins.chisels.text import NS_PER_MS, text_of
from tracer.plugins.chisels.top_table import Column, TopTable

REQUEST = re.compile(r"^([A-Z]+) ([!-~]+)")
HOST = re.compile(r"Host: ([!-~]+)\.\.")
RESPONSE = re.compile(r"HTTP/[!-~]+ ([0-9]+)")
LENGTH = re.compile(r"Content-Length: ([0-9]+)\.\.")

DIRECTIONS = {"read": "<", "write": ">"}
FIELDS = ("proc.pid", "fd.num", "evt.arg.data", "evt.rawtime", "evt.io_dir", "container.name", "evt.datetime")
FILTER = "evt.is_io = true and evt.buflen > 0 and (fd.sockfamily = ip or fd.sockfamily = unix)"
SNAPLEN_BYTES = 1024


class Request(NamedTuple):
    """A request that waits for its response."""

    method: str
    url: str
    direction: str
    container: str
    time_ns: float


class Transaction(NamedTuple):
    """A request with its response."""

    request: Request
    code: int
    length: int
    elapsed_ns: float


class Conversations:
    """Matches what is read from a descriptor with what was written to it, and the other way round."""

    def __init__(self) -> None:
        self._requests: dict[tuple[int, int], Request] = {}

    def add(self, row: Row) -> Transaction | None:
        """Takes the values of FIELDS; a transaction where they complete one."""
        pid, fd, data, time_ns, direction, container, _ = row
        request = self._requests.get((pid, fd))
        if data is None:
            return None
        if request is None:
            asked = REQUEST.match(data)
            if asked:
                host = HOST.search(data)
                url = (host[1] if host else "") + asked[2]
                self._requests[pid, fd] = Request(
                    asked[1], url, DIRECTIONS.get(direction, "<NA>"), text_of(container), float(time_ns)
                )
            return None
        answered = RESPONSE.search(data)
        if not answered:
            return None
        del self._requests[pid, fd]
        length = LENGTH.search(data)
        return Transaction(request, int(answered[1]), int(length[1]) if length else 0, time_ns - request.time_ns)


class HttpLog(RowChisel):
    """httplog."""

    name = "httplog"
    category = "Application"
    summary = "HTTP requests log"
    description = "Show a log of all HTTP requests"
    fields = FIELDS
    filter = FILTER
    snaplen_bytes = SNAPLEN_BYTES

    def set_up(self) -> None:
        """Begins with no conversations."""
        self._conversations = Conversations()

    def on_event(self, *values: Any) -> object:
        """Prints a transaction that is complete."""
        done = self._conversations.add(values)
        if done is not None:
            request = done.request
            container = f" {request.container} " if self.shows_containers else " "
            self.print(
                f"{values[-1]}{container}{request.direction} method={request.method} url={request.url} "
                f"response_code={done.code} latency={int(done.elapsed_ns / NS_PER_MS)}ms size={done.length}B"
            )
        return True


class HttpTop(TopTable):
    """httptop."""

    name = "httptop"
    category = "Application"
    summary = "Top HTTP requests"
    description = "Show top HTTP requests by: ncalls, time or bytes"
    arguments = (
        ChiselArgument(
            "by", "Show top HTTP transactions by: ncalls, time or bytes, default is ncalls", is_optional=True
        ),
    )
    filter = FILTER
    snaplen_bytes = SNAPLEN_BYTES
    most = 30
    units = {"ncalls": "none", "time": "time", "bytes": "bytes"}  # noqa: RUF012

    def set_up(self) -> None:
        """Chooses what is counted."""
        by = self.values.get("by", "ncalls")
        if by not in self.units:
            raise PluginError(f"by is to be ncalls, bytes or time, not {by!r}")
        self.value, self.unit = Column(by, by), self.units[by]
        self.keys = (Column("method", "method"), Column("url", "url"))
        if self.shows_containers:
            self.keys = (Column("container", "container"), *self.keys)
        super().set_up()
        self.fields = FIELDS
        self._conversations = Conversations()
        self._done: dict[Row, list[Transaction]] = {}

    def on_rows(self, rows: Any) -> None:
        """Collects transactions."""
        for row in rows:
            done = self._conversations.add(row)
            if done is not None:
                key: Row = (done.request.method, done.request.url)
                if self.shows_containers:
                    key = (done.request.container, *key)
                self._done.setdefault(key, []).append(done)

    def final_totals(self) -> Mapping[Row, float]:
        """Adds them up."""
        done, self._done = self._done, {}
        return {key: self._total(transactions) for key, transactions in done.items()}

    def _total(self, transactions: list[Transaction]) -> float:
        if self.value.field == "ncalls":
            return len(transactions)
        if self.value.field == "bytes":
            return sum(one.length for one in transactions)
        return sum(one.elapsed_ns for one in transactions) / len(transactions)


CHISELS = (HttpLog, HttpTop)
