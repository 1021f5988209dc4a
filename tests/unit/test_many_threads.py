"""Threads by the thousand, of which many end: each event is told of its own."""

from __future__ import annotations

import random
from pathlib import Path

import tracer
from tests import made_capture

CLOSE_X, PROCEXIT = 5, 186
COUNT = 3000


def capture_of(path: Path, tids: list[int], ended: set[int]) -> Path:
    threads = b"".join(made_capture.thread(tid, tid, 1, b"p%d" % tid) for tid in tids)
    ends = [made_capture.event(PROCEXIT, [made_capture.i64(0)], tid=tid) for tid in tids if tid in ended]
    calls = [made_capture.event(CLOSE_X, [made_capture.i64(0)], tid=tid) for tid in tids if tid not in ended]
    tables = made_capture.tables() + made_capture.block(made_capture.PROCESSES, threads)
    path.write_bytes(tables + b"".join(ends) + b"".join(calls * 2))
    return path


def test_each_event_has_the_name_of_its_thread_whatever_ended_before(tmp_path: Path) -> None:
    chance = random.Random(6)
    tids = chance.sample(range(2, 4_000_000), COUNT)
    ended = set(chance.sample(tids, COUNT // 2))
    path = capture_of(tmp_path / "many.scap", tids, ended)
    left = [tid for tid in tids if tid not in ended]
    with tracer.open(path, filter="evt.type=close") as stream:
        named = [(event.tid, event["proc.name"]) for event in stream]
        known = {thread.tid for thread in stream.threads()}
    assert named == [(tid, f"p{tid}") for tid in left] * 2
    assert known.isdisjoint(ended)
    assert known.issuperset(left)


def test_a_filter_on_one_name_finds_its_events_among_many_threads(tmp_path: Path) -> None:
    tids = list(range(1000, 1000 + COUNT))
    path = capture_of(tmp_path / "many.scap", tids, ended=set(tids[::3]))
    with tracer.open(path, filter="proc.name in (p1001, p3998) and evt.type=close") as stream:
        assert [event.tid for event in stream] == [1001, 3998] * 2
