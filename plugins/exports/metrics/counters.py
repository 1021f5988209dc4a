"""Counts of what system calls do, taken from columns of events."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

from tracer.plugins.exports.kinds import NO_CALLS

if TYPE_CHECKING:
    import pyarrow

OTHER = "(other)"
"""Stands for all programs beyond the number that is counted one by one."""

BOUNDS_S = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Upper bounds of the buckets of durations, in seconds."""

DURATION = "evt.latency"

FIELDS = ("evt.type", "evt.dir", "evt.failed", "evt.res", "evt.io_dir", "evt.rawres", "fd.typechar", "proc.name")

KINDS = {"4": "ipv4", "6": "ipv6", "f": "file", "d": "directory", "p": "pipe", "u": "unix"}
"""Kinds of descriptors by their letter, as far as they have a series of their own."""


class Counters:
    """Counters since the beginning. One thread adds, others may read the while."""

    def __init__(self, processes: int, durations: bool) -> None:
        """`processes`: how many programs are counted one by one; `durations`: whether it is counted how long calls
        took."""
        self.lock = Lock()
        self.calls: Counter[str] = Counter()
        """Calls that have ended, by system call."""
        self.errors: Counter[tuple[str, str]] = Counter()
        """Calls that failed, by system call and error."""
        self.programs: Counter[str] = Counter()
        """Calls by the name of the program."""
        self.bytes: Counter[tuple[str, str]] = Counter()
        """Bytes moved, by direction and kind of descriptor."""
        self.others: Counter[str] = Counter()
        """Events that are no calls, by type."""
        self.durations: dict[str, list[int]] = {}
        """How many calls took no longer than each of BOUNDS_S, and how many in all, by system call."""
        self.duration_sums_ns: Counter[str] = Counter()
        self._limit = processes
        self.fields = (*FIELDS, DURATION) if durations else FIELDS

    def add(self, batch: pyarrow.RecordBatch) -> None:
        """Counts the events of a batch, whose columns are `fields`."""
        import pyarrow
        import pyarrow.compute as compute

        table = pyarrow.Table.from_batches([batch])
        is_exit = compute.equal(table["evt.dir"].cast(pyarrow.string()), "<")
        ended = table.filter(is_exit)
        begun = table.filter(compute.invert(is_exit))
        with self.lock:
            self._count_calls(ended)
            self._count_programs(ended)
            self._count_bytes(ended)
            if DURATION in self.fields:
                self._count_durations(ended)
            for name, count in _counts(begun, "evt.type"):
                if name in NO_CALLS:
                    self.others[name] += count

    def _count_calls(self, ended: pyarrow.Table) -> None:
        import pyarrow.compute as compute

        for name, count in _counts(ended, "evt.type"):
            self.calls[name] += count
        failed = ended.filter(compute.fill_null(ended["evt.failed"], False))
        for name, error, count in _counts(failed, "evt.type", "evt.res"):
            self.errors[name, error] += count

    def _count_programs(self, ended: pyarrow.Table) -> None:
        for name, count in _counts(ended, "proc.name"):
            known = name or ""
            if known not in self.programs and len(self.programs) >= self._limit:
                known = OTHER
            self.programs[known] += count

    def _count_bytes(self, ended: pyarrow.Table) -> None:
        import pyarrow.compute as compute

        moved = ended.filter(
            compute.and_(compute.is_valid(ended["evt.io_dir"]), compute.greater(ended["evt.rawres"], 0))
        )
        grouped = moved.group_by(["evt.io_dir", "fd.typechar"]).aggregate([("evt.rawres", "sum")])
        for row in grouped.to_pylist():
            self.bytes[row["evt.io_dir"], KINDS.get(row["fd.typechar"], "other")] += row["evt.rawres_sum"]

    def _count_durations(self, ended: pyarrow.Table) -> None:
        import pyarrow
        import pyarrow.compute as compute

        timed = ended.filter(compute.is_valid(ended[DURATION])).select(["evt.type", DURATION])
        names = []
        for bound in BOUNDS_S:
            is_within = compute.less_equal(timed[DURATION], pyarrow.scalar(round(bound * 1e9), pyarrow.uint64()))
            names.append(f"le{bound}")
            timed = timed.append_column(names[-1], is_within.cast(pyarrow.int64()))
        sums = [(name, "sum") for name in (*names, DURATION)]
        for row in timed.group_by("evt.type").aggregate([*sums, ([], "count_all")]).to_pylist():
            name = row["evt.type"]
            buckets = self.durations.setdefault(name, [0] * (len(BOUNDS_S) + 1))
            for index, count in enumerate((*(row[f"{each}_sum"] for each in names), row["count_all"])):
                buckets[index] += count
            self.duration_sums_ns[name] += row[f"{DURATION}_sum"]


def _counts(table: pyarrow.Table, *columns: str) -> list[tuple[Any, ...]]:
    """How many rows there are for each combination of values: the values, then the number."""
    grouped = table.group_by(list(columns)).aggregate([([], "count_all")])
    return list(zip(*(grouped[name].to_pylist() for name in (*columns, "count_all")), strict=True))
