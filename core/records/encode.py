"""Records and frames: the 26-byte header, the lengths, the values."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from tracer.core.records.values import Value, ValueProblem, empty_value, encode_value
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, EVENT_TYPES, SYSCALLS, EventType

FRAME_HEADER = struct.Struct("<HI")
"""CPU, flags."""
RECORD_HEADER = struct.Struct("<QqIHI")
"""Time in ns since the epoch, thread id, length of the record, event code, number of parameters."""

STATE_ONLY = 1
"""Frame flag: the record updates state and is not shown."""

SECTION_START = 1 << 31
"""Frame flag: a new section begins with this record: the engine forgets what it knew and asks for tables again."""

_TIME = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")
_CODE = struct.Struct("<H")
_STEM_BY_SYSCALL = {name: stem for name, stem in SYSCALLS["x86_64"].values() if stem != "generic"}


def event_type(event: str | int, *, enter: bool = False) -> EventType:
    """The event type of a code, an enum name (SYSCALL_READ_X, with or without PPME_) or a system call's name.

    For a system call's name it is the exit event, or the enter event if `enter`. Raises LookupError, which for a name
    suggests a similar one.
    """
    if isinstance(event, int):
        if not 0 <= event < len(EVENT_TYPES):
            raise LookupError(f"no event has the code {event}: the highest is {len(EVENT_TYPES) - 1}")
        return EVENT_TYPES[event]
    enum = event.removeprefix("PPME_")
    if event in _STEM_BY_SYSCALL:
        enum = _STEM_BY_SYSCALL[event] + ("_E" if enter else "_X")
    if enum not in EVENT_TYPE_BY_ENUM:
        near = get_close_matches(event, [*_STEM_BY_SYSCALL, *EVENT_TYPE_BY_ENUM], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise LookupError(f"no event or system call with an event of its own is called {event!r}{hint}")
    return EVENT_TYPE_BY_ENUM[enum]


def encode_record(
    event: str | int | EventType, timestamp_ns: int, tid: int, params: Mapping[str, Value], *, fill: bool = False
) -> bytes:
    """One event as a scap v2 record.

    `event` is anything that `event_type` takes; `params` its parameters by name. With `fill`, parameters not given get
    the nothing of their type (0, "", no descriptor); without, each must be given, but for the last ones that older
    captures lack too. Raises LookupError for an unknown event, TypeError for a wrong, missing or unknown parameter,
    ValueError for a value that does not fit.
    """
    kind = event if isinstance(event, EventType) else event_type(event)
    unknown = [name for name in params if name not in {param.name for param in kind.params}]
    if unknown:
        names = ", ".join(param.name for param in kind.params) or "none"
        raise TypeError(f"{kind.enum} has no parameter {unknown[0]!r}; its parameters: {names}")
    count = len(kind.params)
    while not fill and count and kind.params[count - 1].appended and kind.params[count - 1].name not in params:
        count -= 1
    values = []
    for param in kind.params[:count]:
        if param.name not in params and not fill:
            raise TypeError(f"{kind.enum} lacks its parameter {param.name!r} ({param.type})")
        try:
            values.append(encode_value(param, params[param.name]) if param.name in params else empty_value(param))
        except ValueProblem as problem:
            raise problem.kind(f"{kind.enum}, parameter {param.name}: {problem}") from None
    width = 4 if "large_payload" in kind.flags else 2
    for param, value in zip(kind.params, values, strict=False):
        if len(value) >= 1 << (8 * width):
            raise ValueError(f"{kind.enum}, parameter {param.name}: {len(value)} bytes are too many")
    lengths = struct.pack(f"<{count}{'I' if width == 4 else 'H'}", *map(len, values))
    size = RECORD_HEADER.size + len(lengths) + sum(map(len, values))
    return b"".join([RECORD_HEADER.pack(timestamp_ns, tid, size, kind.code, count), lengths, *values])


def encode_frame(record: bytes, cpu: int = 0, *, state_only: bool = False) -> bytes:
    """A record as it stands in a batch."""
    return FRAME_HEADER.pack(cpu, STATE_ONLY if state_only else 0) + record


def iterate_frames(batch: bytes) -> Iterator[bytes]:
    """The frames of a batch. Raises ValueError if a length is wrong."""
    at = 0
    while at < len(batch):
        if len(batch) - at < FRAME_HEADER.size + RECORD_HEADER.size:
            raise ValueError(f"the batch ends inside the frame at byte {at}")
        length: int = _LENGTH.unpack_from(batch, at + FRAME_HEADER.size + 16)[0]
        end = at + FRAME_HEADER.size + length
        if length < RECORD_HEADER.size or end > len(batch):
            raise ValueError(f"the frame at byte {at} says that its record has {length} bytes")
        yield batch[at:end]
        at = end


def record_time(data: bytes, at: int = 0) -> int:
    """Nanoseconds since the epoch, of the record that begins at byte `at`."""
    time: int = _TIME.unpack_from(data, at)[0]
    return time


def record_code(data: bytes, at: int = 0) -> int:
    """Event code of the record that begins at byte `at`."""
    code: int = _CODE.unpack_from(data, at + 20)[0]
    return code


def shift_time(data: bytes, at: int, nanoseconds: int) -> bytes:
    """The same bytes with the time of the record at byte `at` moved."""
    return data[:at] + _TIME.pack(record_time(data, at) + nanoseconds) + data[at + _TIME.size :]
