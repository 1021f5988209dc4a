"""`tracer export --to chrome`: the JSON that chrome://tracing and Perfetto's UI read."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunTracer

FIRST_EVENT_NS = 1795359788_210253821


@pytest.fixture
def trace(tracer_command: RunTracer, captures: Path) -> Any:
    ran = tracer_command("export", "--to", "chrome", captures / "07-tiny.scap")
    assert (ran.status, ran.err) == (0, "")
    return json.loads(ran.out)


def test_times_are_microseconds_since_the_first_event(trace: Any) -> None:
    assert trace["otherData"] == {"start_ns": str(FIRST_EVENT_NS)}
    begin = next(event for event in trace["traceEvents"] if event["tid"] == 791 and event.get("name") == "openat")
    # 15:03:08.244072517 1 dmesg (791) > openat
    assert (begin["ph"], begin["ts"], begin["args"]["name"]) == ("B", 33818.696, "/etc/ld.so.cache")


def test_threads_and_processes_have_names(trace: Any) -> None:
    names = {(event["name"], event["pid"]): event["args"] for event in trace["traceEvents"] if event["ph"] == "M"}
    assert names["process_name", 794] == {"name": "cat"}
    assert names["process_labels", 794] == {"labels": "cat /etc/hostname"}
    assert names["thread_name", 794] == {"name": "cat"}


def test_no_slice_ends_that_has_not_begun(trace: Any) -> None:
    depth: dict[int, int] = defaultdict(int)
    for event in trace["traceEvents"]:
        depth[event["tid"]] += {"B": 1, "E": -1}.get(event["ph"], 0)
        assert depth[event["tid"]] in (0, 1)


def test_a_trace_without_events_is_whole(tracer_command: RunTracer, captures: Path) -> None:
    ran = tracer_command("export", "--to", "chrome", captures / "07-tiny.scap", "proc.name=nobody")
    assert json.loads(ran.out) == {"displayTimeUnit": "ns", "traceEvents": [], "otherData": {}}
