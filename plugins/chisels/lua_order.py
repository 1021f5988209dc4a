"""The order in which LuaJIT goes through a table whose keys are whole numbers: sysdig lists descriptors in it.

Such a table is an array for small keys that stand close together, and a hash table for the rest. A key whose place in
the hash table is taken goes to the last free one; where there is none, both parts are made anew, in a size that fits.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

U32 = 0xFFFFFFFF
LARGEST_ARRAY = 1 << 27
ARRAY_BITS = 28


def in_table_order(keys: Iterable[int]) -> list[int]:
    """The keys in the order of a table into which they were put in this one."""
    table = _Table()
    for key in keys:
        table.add(key)
    return list(table)


class _Node:
    def __init__(self) -> None:
        self.key: int | None = None
        self.next: int | None = None
        """The node where the search for a key with the same place goes on."""


class _Table:
    def __init__(self) -> None:
        self._array: list[bool] = []
        """Whether a key is there; from 0 on."""
        self._nodes: list[_Node] = []
        self._free = 0
        """No node from here on is free."""

    def __iter__(self) -> Iterator[int]:
        yield from (key for key, is_there in enumerate(self._array) if is_there)
        yield from (node.key for node in self._nodes if node.key is not None)

    def add(self, key: int) -> None:
        if 0 <= key < len(self._array):
            self._array[key] = True
        elif not self._is_hashed(key):
            self._add_hashed(key)

    def _is_hashed(self, key: int) -> bool:
        at = self._place(key) if self._nodes else None
        while at is not None:
            if self._nodes[at].key == key:
                return True
            at = self._nodes[at].next
        return False

    def _place(self, key: int) -> int:
        return _hash(key) & (len(self._nodes) - 1)

    def _add_hashed(self, key: int) -> None:
        place = self._place(key) if self._nodes else None
        if place is None or self._nodes[place].key is not None:
            free = self._take_free()
            if place is None or free is None:
                self._make_anew(key)
                self.add(key)
                return
            place = self._make_room(place, free)
        self._nodes[place].key = key

    def _take_free(self) -> int | None:
        while self._free > 0:
            self._free -= 1
            if self._nodes[self._free].key is None:
                return self._free
        return None

    def _make_room(self, place: int, free: int) -> int:
        """Where a key goes whose place is taken: there, if what is there belongs elsewhere."""
        taken, spare = self._nodes[place], self._nodes[free]
        assert taken.key is not None
        at = self._place(taken.key)
        if at == place:
            spare.next, taken.next = taken.next, free
            return free
        while self._nodes[at].next != place:
            following = self._nodes[at].next
            assert following is not None
            at = following
        self._nodes[at].next = free
        spare.key, spare.next = taken.key, taken.next
        taken.key = taken.next = None
        return place

    def _make_anew(self, key: int) -> None:
        """Makes both parts in the size that fits the keys and this one."""
        counts = [0] * ARRAY_BITS
        keys = [*self, key]
        small = [one for one in keys if 0 <= one < LARGEST_ARRAY]
        for one in small:
            counts[(one - 1).bit_length() - 1 if one > 2 else 0] += 1
        array_size, in_array = _array_size(counts, len(small))
        before = [node.key for node in self._nodes if node.key is not None]
        dropped = [at for at in range(array_size, len(self._array)) if self._array[at]]
        self._array = (self._array + [False] * array_size)[:array_size]
        self._nodes = [_Node() for _ in range(_hash_size(len(keys) - in_array))]
        self._free = len(self._nodes)
        for one in (*dropped, *before):
            self.add(one)


def _array_size(counts: list[int], small: int) -> tuple[int, int]:
    """The largest size of which more than half is used, and how much of it."""
    size = used = total = 0
    for bit, count in enumerate(counts):
        if 2 * small <= 1 << bit or total == small:
            break
        total += count
        if count and 2 * total > 1 << bit:
            size, used = (2 << bit) + 1, total
    return size, used


def _hash_size(keys: int) -> int:
    if keys == 0:
        return 0
    return 2 if keys == 1 else 1 << (keys - 1).bit_length()


def _hash(key: int) -> int:
    low, high = (int(half) for half in struct.unpack("<II", struct.pack("<d", key)))
    high = high << 1 & U32
    low ^= high
    high = _rotated(high, 14)
    low = (low - high) & U32
    high = _rotated(high, 5)
    high ^= low
    return (high - _rotated(low, 13)) & U32


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> (32 - bits)) & U32
