"""What a plan means to a kernel driver: the probe's configuration, the size of its rings, the threads to follow."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

from tracer.core.driver import TOCTOU_CALLS, Plan
from tracer.core.predicate import Predicate
from tracer.core.schema.tables import EVENT_TYPE_BY_ENUM, SYSCALL_IDS, SYSCALLS
from tracer.drivers.probe.filter_program import FilterProgram
from tracer.drivers.probe.layout import EXCLUDES_NOBODY, SNAPLEN_MAX, SYSCALL_ID_MAX, VERDICT_RECORD, ProbeConfig


def clock_offset() -> int:
    """Nanoseconds from the boot-time clock, which a probe reads, to the times of records."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def config_for(plan: Plan, clock_offset: int) -> ProbeConfig:
    """The `struct probe_config` that makes a probe record what a plan asks for."""
    config = ProbeConfig()
    config.clock_offset = clock_offset
    config.snaplen = min(plan.snaplen_bytes, SNAPLEN_MAX)
    config.excluded_pid = os.getpid() if plan.exclude_self else EXCLUDES_NOBODY
    config.follow = bool(plan.pids)
    config.process_exit = "sched_process_exit" in plan.tracepoints
    config.last_call = bool(config.process_exit) and not plan.enter_events
    config.dynamic_snaplen = plan.dynamic_snaplen
    config.statsd_port = plan.statsd_port
    config.full_capture_from, config.full_capture_to = plan.full_capture_ports
    wanted = wanted_syscall_ids(plan.syscalls)
    for number in wanted:
        config.exits[number] = VERDICT_RECORD
    for number in wanted_enter_ids(plan) & wanted:
        config.enters[number] = VERDICT_RECORD
    if plan.predicate is not None:
        _add_predicate(config, plan.predicate, bool(plan.pids))
    return config


def _add_predicate(config: ProbeConfig, predicate: Predicate, follows: bool) -> None:
    """`follows`: only some processes are recorded, so the end of a parent may not be."""
    program = FilterProgram(without=["ppid"] if follows else [])
    for formulas, verdicts in ((predicate.exits, config.exits), (predicate.enters, config.enters)):
        for name, formula in formulas.items():
            if verdicts[SYSCALL_IDS[name]] == VERDICT_RECORD:
                verdicts[SYSCALL_IDS[name]] = program.verdict(formula)
    for number, test in enumerate(program.tests):
        config.tests[number] = test


def wanted_enter_ids(plan: Plan) -> set[int]:
    """The ids whose start is recorded too."""
    if plan.enter_events:
        return set(range(SYSCALL_ID_MAX))
    return {SYSCALL_IDS[name] for name in TOCTOU_CALLS} if plan.toctou else set()


def wanted_syscall_ids(syscalls: Iterable[str] | None) -> set[int]:
    """The ids to record: those asked for, and those that the thread and descriptor tables need."""
    if syscalls is None:
        return set(range(SYSCALL_ID_MAX))
    ids = {SYSCALL_IDS[name] for name in syscalls if name in SYSCALL_IDS}
    for rows in SYSCALLS.values():
        for name, stem in rows.values():
            event = EVENT_TYPE_BY_ENUM.get(f"{stem}_X")
            if event and "modifies_state" in event.flags:
                ids.add(SYSCALL_IDS[name])
    return ids


def threads_of(pid: int) -> list[int]:
    """The threads of a process; none if it is gone."""
    tasks = Path(f"/proc/{pid}/task")
    return [int(entry.name) for entry in tasks.iterdir()] if tasks.exists() else []


def cpus(kind: str) -> list[int]:
    """The numbers of the CPUs that are `online` or `possible`."""
    cpus: list[int] = []
    for part in Path(f"/sys/devices/system/cpu/{kind}").read_text().strip().split(","):
        first, _, last = part.partition("-")
        cpus.extend(range(int(first), int(last or first) + 1))
    return cpus


def ring_size(wanted_bytes: int) -> int:
    """The next power of two that is at least a page."""
    size = os.sysconf("SC_PAGE_SIZE")
    while size < wanted_bytes:
        size *= 2
    return size
