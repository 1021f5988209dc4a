"""Counters as the text that Prometheus reads: its exposition format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tracer.plugins.exports.parameters import clean

if TYPE_CHECKING:
    from tracer.core.driver import Statistics
    from tracer.plugins.exports.metrics.counters import Counters

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class _Sample(NamedTuple):
    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


def exposition(counters: Counters, statistics: Statistics, info: Mapping[str, str]) -> str:
    """All metrics; `info` are the labels of `tracer_info`."""
    with counters.lock:
        return "".join(_metrics(counters, statistics, info))


def _metrics(counters: Counters, statistics: Statistics, info: Mapping[str, str]) -> Iterator[str]:
    yield from _metric("tracer_info", "gauge", "What is running.", [_Sample(1, info)])
    yield from _metric(
        "tracer_syscalls_total",
        "counter",
        "System calls that have ended.",
        (_Sample(count, {"syscall": name}) for name, count in counters.calls.items()),
    )
    yield from _metric(
        "tracer_syscall_errors_total",
        "counter",
        "System calls that have failed, by error.",
        (_Sample(count, {"syscall": name, "error": error}) for (name, error), count in counters.errors.items()),
    )
    yield from _metric(
        "tracer_process_syscalls_total",
        "counter",
        "System calls that have ended, by name of the program; (other): all that have no series of their own.",
        (_Sample(count, {"process": name}) for name, count in counters.programs.items()),
    )
    yield from _metric(
        "tracer_io_bytes_total",
        "counter",
        "Bytes that were read and written, by what the descriptor is.",
        (_Sample(count, {"direction": way, "descriptor": kind}) for (way, kind), count in counters.bytes.items()),
    )
    yield from _metric(
        "tracer_other_events_total",
        "counter",
        "Events that are no system calls.",
        (_Sample(count, {"event": name}) for name, count in counters.others.items()),
    )
    if counters.durations:
        yield from _metric(
            "tracer_syscall_duration_seconds", "histogram", "How long system calls took.", _durations(counters)
        )
    yield from _driver(statistics)


def _durations(counters: Counters) -> Iterator[_Sample]:
    from tracer.plugins.exports.metrics.counters import BOUNDS_S

    for name, buckets in counters.durations.items():
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), buckets, strict=True):
            yield _Sample(count, {"syscall": name, "le": bound}, "_bucket")
        yield _Sample(counters.duration_sums_ns[name] / 1e9, {"syscall": name}, "_sum")
        yield _Sample(buckets[-1], {"syscall": name}, "_count")


def _driver(statistics: Statistics) -> Iterator[str]:
    yield from _metric(
        "tracer_driver_seen_total", "counter", "Events that the driver has come upon.", [_Sample(statistics.seen)]
    )
    yield from _metric(
        "tracer_driver_emitted_total", "counter", "Events that it has delivered.", [_Sample(statistics.emitted)]
    )
    yield from _metric(
        "tracer_driver_dropped_total", "counter", "Events that it has lost.", [_Sample(statistics.dropped)]
    )
    yield from _metric(
        "tracer_driver_dropped_by_reason_total",
        "counter",
        "Events that it has lost, by reason, as far as there were any.",
        [_Sample(count, {"reason": reason}) for reason, count in statistics.drops.items()],
    )


def _metric(name: str, kind: str, help: str, samples: Iterable[_Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help}\n# TYPE {name} {kind}\n"
    for value, labels, suffix in samples:
        pairs = ",".join(f'{key}="{clean(text).translate(_ESCAPES)}"' for key, text in labels.items())
        yield f"{name}{suffix}{'{' + pairs + '}' if pairs else ''} {value!r}\n"
