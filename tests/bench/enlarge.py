"""Makes a big capture of a small one, by repeating its events with time going on."""

from __future__ import annotations

import struct
from pathlib import Path

BLOCK_HEADER = struct.Struct("<II")
EVENT_BLOCKS = frozenset({0x204, 0x208, 0x216, 0x217})
"""EV, EV flags, EV v2, EV v2 flags: the blocks that hold one event each."""
TIME_AT = {0x204: 10, 0x208: 14, 0x216: 10, 0x217: 14}
"""Where in the block the event's time stands: after the block header, the CPU number, and flags if there are any."""


def enlarge(small: Path, big: Path, times: int) -> int:
    """Writes the capture `small` to `big` with its events `times` over; returns how many there are then."""
    data = small.read_bytes()
    tables, events, times_at = bytearray(), bytearray(), []
    offset = 0
    while offset < len(data):
        kind, length = BLOCK_HEADER.unpack_from(data, offset)
        block = data[offset : offset + length]
        if kind in EVENT_BLOCKS:
            times_at.append(len(events) + TIME_AT[kind])
            events += block
        else:
            tables += block
        offset += length
    stamps = [struct.unpack_from("<Q", events, at)[0] for at in times_at]
    round_ns = max(stamps) - min(stamps) + 1_000_000
    with big.open("wb") as out:
        out.write(tables)
        for _ in range(times):
            out.write(events)
            for at in times_at:
                struct.pack_into("<Q", events, at, struct.unpack_from("<Q", events, at)[0] + round_ns)
    return len(times_at) * times
