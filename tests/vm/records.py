"""Two recordings of the same run, held against each other record by record."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, EVENT_TYPES, SYSCALL_IDS, SYSCALLS

HEADER = struct.Struct("<QqIHI")
MAX_DIFFERENCES = 200


@dataclass(frozen=True)
class Record:
    """One record without its time."""

    tid: int
    code: int
    lengths: tuple[int, ...]
    values: bytes

    @property
    def name(self) -> str:
        """Of the event, or of the system call of a generic one."""
        event = EVENT_TYPES[self.code]
        if event.enum.startswith("GENERIC"):
            number = int.from_bytes(self.values[:2], "little")
            return _NAMES.get(number, f"call {number}")
        return event.name

    def parameters(self) -> Iterator[tuple[str, bytes]]:
        """Names and bytes of the values."""
        at = 0
        names = [param.name for param in EVENT_TYPES[self.code].params]
        for index, length in enumerate(self.lengths):
            yield names[index] if index < len(names) else f"#{index}", self.values[at : at + length]
            at += length


_NAMES = {number: name for name, number in SYSCALL_IDS.items()}
CALLS = sorted(set(SYSCALLS["x86_64"].values()))


@dataclass
class Comparison:
    """What was compared, and what differed."""

    records: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    """Records compared, by event or system call."""
    differences: list[str] = field(default_factory=list)

    def not_reached(self) -> set[str]:
        """System calls of 64-bit programs that no record tells of."""
        events = {stem: EVENT_TYPE_BY_ENUM[f"{stem}_X"].name for _, stem in CALLS if stem != "generic"}
        return {name for name, stem in CALLS if events.get(stem, name) not in self.calls}

    def summary(self, title: str) -> str:
        """The report."""
        lines = [
            f"{title}: {len(CALLS) - len(self.not_reached())} of {len(CALLS)} system calls, {len(self.calls)} kinds of "
            f"records, {self.records} records compared, differences: {len(self.differences)}",
            ", ".join(f"{name} {count}" for name, count in sorted(self.calls.items())),
            *self.differences[:MAX_DIFFERENCES],
        ]
        return "\n".join(lines)


def read(path: Path) -> dict[int, list[Record]]:
    """The records of each thread, in order."""
    data = path.read_bytes()
    threads: dict[int, list[Record]] = {}
    at = 0
    while at < len(data):
        _, tid, length, code, count = HEADER.unpack_from(data, at)
        width = "I" if "large_payload" in EVENT_TYPES[code].flags else "H"
        lengths = struct.unpack_from(f"<{count}{width}", data, at + HEADER.size)
        values = data[at + HEADER.size + struct.calcsize(width) * count : at + length]
        threads.setdefault(tid, []).append(Record(tid, code, lengths, values))
        at += length
    return threads


def compare(left: Path, right: Path) -> Comparison:
    """Thread by thread: the same records in the same order, byte for byte but for their times."""
    result = Comparison()
    ours, theirs = read(left), read(right)
    for tid in sorted(ours.keys() | theirs.keys()):
        _compare_thread(tid, ours.get(tid, []), theirs.get(tid, []), result)
    return result


def _compare_thread(tid: int, left: list[Record], right: list[Record], result: Comparison) -> None:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        result.records += 1
        result.calls[one.name] += 1
        if one == other:
            continue
        if one.code != other.code:
            result.differences.append(f"thread {tid} record {index}: {_around(left, index)} | {_around(right, index)}")
            return
        for (name, value), (_, another) in zip(one.parameters(), other.parameters(), strict=False):
            if value != another:
                result.differences.append(
                    f"thread {tid} record {index} {one.name} {EVENT_TYPES[one.code].enum} {name}: "
                    f"{value[:64]!r} | {another[:64]!r}"
                )
        if one.lengths != other.lengths and one.values == other.values:
            result.differences.append(
                f"thread {tid} record {index} {one.name}: lengths {one.lengths} | {other.lengths}"
            )
    if len(left) != len(right):
        shorter = min(len(left), len(right))
        result.differences.append(
            f"thread {tid}: {len(left)} | {len(right)} records; more: "
            f"{[record.name for record in (left[shorter:] or right[shorter:])[:5]]}"
        )


def _around(records: list[Record], index: int) -> list[str]:
    return [EVENT_TYPES[record.code].enum + ":" + record.name for record in records[max(0, index - 2) : index + 3]]
