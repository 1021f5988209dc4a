"""Arguments that another thread changes while a call runs: its two events tell of different ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.state_helpers import note
from tracer.drivers.fake.script import Script

OPENED = {"flags": 1, "mode": 0}
HOW = {"dirfd": -100, "name": "/a", "flags": 3, "mode": 0, "resolve": 8}


def is_toctou(event: str, enter: dict[str, Any], exit: dict[str, Any]) -> list[bool]:
    script = Script()
    process = script.process("cat", pid=100)
    process.event(f"{event}_E", **enter)
    process.event(f"{event}_X", **exit)
    return note(script, "evt.is_toctou")


@pytest.mark.parametrize(
    ("event", "enter", "exit"),
    [
        ("SYSCALL_OPEN", OPENED, {**OPENED, "fd": 3, "dev": 0}),
        ("SYSCALL_CREAT", {"mode": 0}, {"mode": 0, "fd": -2, "dev": 0}),
        ("SYSCALL_OPENAT_2", {**OPENED, "dirfd": -100}, {**OPENED, "dirfd": -100, "fd": -13, "dev": 0}),
    ],
)
def test_a_name_that_differs_at_the_end_was_changed(event: str, enter: dict[str, Any], exit: dict[str, Any]) -> None:
    assert is_toctou(event, {**enter, "name": "/asked"}, {**exit, "name": "/shown"}) == [False, True]
    assert is_toctou(event, {**enter, "name": "/asked"}, {**exit, "name": "/asked"}) == [False, False]


@pytest.mark.parametrize("unread", ["<NA>", "(NULL)"])
def test_what_could_not_be_read_is_not_compared(unread: str) -> None:
    exit = {**OPENED, "fd": 3, "dev": 0}
    assert is_toctou("SYSCALL_OPEN", {**OPENED, "name": unread}, {**exit, "name": "/a"}) == [False, False]
    assert is_toctou("SYSCALL_OPEN", {**OPENED, "name": "/a"}, {**exit, "name": unread}) == [False, False]


@pytest.mark.parametrize(("changed", "expected"), [({"flags": 2}, True), ({"resolve": 0}, True), ({}, False)])
def test_openat2_has_its_flags_in_memory_too(changed: dict[str, Any], expected: bool) -> None:
    assert is_toctou("SYSCALL_OPENAT2", HOW, {**HOW, **changed, "fd": 3}) == [False, expected]


def test_flags_that_the_probe_found_out_are_no_change() -> None:
    created = HOW["flags"] | 0x4000  # O_F_CREATED
    assert is_toctou("SYSCALL_OPENAT2", HOW, {**HOW, "flags": created, "fd": 3}) == [False, False]


def test_without_the_start_nothing_is_known() -> None:
    script = Script()
    script.process("cat", pid=100).openat("/etc/passwd", returns=3)
    assert note(script, "evt.is_toctou") == [False]
