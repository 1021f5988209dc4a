"""A kernel driver's counters as the statistics of its source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from tracer.core.driver import Counts, Statistics
from tracer.core.schema.tables import SYSCALL_IDS
from tracer.drivers.probe.layout import DROP_ORIGINS, DROP_REASONS, SYSCALL_ID_MAX, CpuCounters


def statistics_of(
    counters: Mapping[int, CpuCounters], recorded_cpus: Collection[int], drops_of: Callable[[int], int]
) -> Statistics:
    """Sums of the counters by CPU; `drops_of` gives the number of drops of an origin, and is asked only if any are."""
    total = Statistics()
    by_reason = [0] * len(DROP_REASONS)
    for cpu, counts in counters.items():
        if counts.seen or cpu in recorded_cpus:
            total.by_cpu[cpu] = Counts(counts.seen, counts.emitted, sum(counts.dropped))
        total.seen += counts.seen
        total.emitted += counts.emitted
        for index, count in enumerate(counts.dropped):
            by_reason[index] += count
    total.dropped = sum(by_reason)
    total.drops = {reason: count for reason, count in zip(DROP_REASONS, by_reason, strict=True) if count}
    if total.dropped:
        names = {number: name for name, number in SYSCALL_IDS.items()}
        names |= {SYSCALL_ID_MAX + index: name for index, name in enumerate(DROP_ORIGINS)}
        total.drops_by_syscall = {name: count for number, name in names.items() if (count := drops_of(number))}
    return total
