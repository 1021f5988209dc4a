# SPDX-License-Identifier: GPL-2.0
"""The structures of config.h, as Python sees them. Loaders compare the sizes with those of the probe."""

from __future__ import annotations

import ctypes

PROBE_FORMAT = "6"
SYSCALL_ID_MAX = 512
SNAPLEN_MAX = 60000
EXCLUDES_NOBODY = 0xFFFFFFFF
"""In `excluded_pid`: no process has this id."""
DROP_REASONS = ("ring full", "no ring for the CPU", "scratch buffer busy", "record too long", "filler not loaded")
DROP_ORIGINS = ("procexit", "signaldeliver", "switch", "page_fault", "notification")
"""What drops are counted for after the system call ids, from `SYSCALL_ID_MAX` on."""


VERDICT_SKIP, VERDICT_RECORD, VERDICT_TESTS = range(3)
"""`enum call_verdict`."""
FILTER_TESTS_MAX = 256
FILTER_STEPS_MAX = 64
FILTER_TEXT_MAX = 16
OPERANDS = (
    "name",
    "result",
    "tid",
    "pid",
    "ppid",
    "uid",
    "gid",
    "argument",
    "argument text",
    "local port",
    "remote port",
    "local address",
    "remote address",
)
"""`enum filter_operand`."""
FILTER_RECORD, FILTER_SKIP = 0xFFFF, 0xFFFE


class FilterTest(ctypes.Structure):
    """`struct filter_test`."""

    _fields_ = [
        ("operand", ctypes.c_uint8),
        ("is_negated", ctypes.c_uint8),
        ("argument", ctypes.c_uint8),
        ("unused_bits", ctypes.c_uint8),
        ("is_signed", ctypes.c_uint8),
        ("unused_bytes", ctypes.c_uint8 * 2),
        ("padding", ctypes.c_uint8),
        ("offset", ctypes.c_uint16),
        ("next", ctypes.c_uint16 * 2),
        ("more_padding", ctypes.c_uint16),
        ("value", ctypes.c_uint64 * 2),
    ]


class ProbeConfig(ctypes.Structure):
    """`struct probe_config`."""

    _fields_ = [
        ("clock_offset", ctypes.c_uint64),
        ("snaplen", ctypes.c_uint32),
        ("excluded_pid", ctypes.c_uint32),
        ("follow", ctypes.c_uint32),
        ("process_exit", ctypes.c_uint32),
        ("last_call", ctypes.c_uint32),
        ("dynamic_snaplen", ctypes.c_uint32),
        ("statsd_port", ctypes.c_uint32),
        ("full_capture_from", ctypes.c_uint32),
        ("full_capture_to", ctypes.c_uint32),
        ("exits", ctypes.c_uint16 * SYSCALL_ID_MAX),
        ("enters", ctypes.c_uint16 * SYSCALL_ID_MAX),
        ("tests", FilterTest * FILTER_TESTS_MAX),
    ]


class CpuCounters(ctypes.Structure):
    """`struct cpu_counters`."""

    _fields_ = [
        ("seen", ctypes.c_uint64),
        ("emitted", ctypes.c_uint64),
        ("dropped", ctypes.c_uint64 * len(DROP_REASONS)),
        ("lost", ctypes.c_uint64),
    ]
