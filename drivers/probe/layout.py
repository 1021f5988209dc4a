# SPDX-License-Identifier: GPL-2.0
"""The structures of config.h, as Python sees them. Loaders compare the sizes with those of the probe."""

from __future__ import annotations

import ctypes

PROBE_FORMAT = "5"
SYSCALL_ID_MAX = 512
SNAPLEN_MAX = 60000
EXCLUDES_NOBODY = 0xFFFFFFFF
"""In `excluded_pid`: no process has this id."""
DROP_REASONS = ("ring full", "no ring for the CPU", "scratch buffer busy", "record too long", "filler not loaded")
DROP_ORIGINS = ("procexit", "signaldeliver", "switch", "page_fault", "notification")
"""What drops are counted for after the system call ids, from `SYSCALL_ID_MAX` on."""


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
        ("syscalls", ctypes.c_uint64 * (SYSCALL_ID_MAX // 64)),
        ("enter_syscalls", ctypes.c_uint64 * (SYSCALL_ID_MAX // 64)),
    ]


class CpuCounters(ctypes.Structure):
    """`struct cpu_counters`."""

    _fields_ = [
        ("seen", ctypes.c_uint64),
        ("emitted", ctypes.c_uint64),
        ("dropped", ctypes.c_uint64 * len(DROP_REASONS)),
        ("lost", ctypes.c_uint64),
    ]
