"""What the generated `_tables.py` holds."""

from typing import Any

FINGERPRINT: str
EVENTS: list[Any]
FLAG_TABLES: dict[str, dict[str, int]]
SYSCALL_IDS: dict[str, int]
SYSCALLS: dict[str, dict[int, tuple[str, str]]]
