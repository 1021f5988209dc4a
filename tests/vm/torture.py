"""`python -m tests.vm.torture FLOOD MODULE [ROUNDS]`: does to the module what it has to survive; runs in a guest.

Consumers of all kinds at once while every CPU is flooded with calls: one that changes what it wants all the time, one
that is too slow for its small rings, some that are killed, one through the probe; a CPU goes away and comes back; the
module is to be unloaded while it is in use. Then the module is loaded and unloaded ROUNDS times, in use each time. What
each consumer counted, and the memory in use before and after, is printed as JSON.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import mmap
import os
import re
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tracer.core._engine import RingSource
from tracer.core.driver import Plan
from tracer.core.driver_choice import DriverRequest
from tracer.core.opening import OpenSession, open_session
from tracer.core.plugins import installed_plugins
from tracer.drivers.kmod.device import Device

ATTACHED = b"attached"
# What the kernel keeps for later on its own account: areas of address space, decisions on permissions.
KEPT_BY_THE_KERNEL = re.compile(r"^\s*\d+ (alloc_vmap_area|avc_alloc_node)\+")
GO, STOP = b"go", b"stop"
HANGS_S = 120
LIBC = ctypes.CDLL(None, use_errno=True)
SYS_DELETE_MODULE, SYS_FINIT_MODULE = 176, 313
SMALL_MODULE = Path("/dev/shm/tracer.ko")
ALL = frozenset({"sched_switch", "sched_process_exit", "signal_deliver", "page_fault_user", "page_fault_kernel"})
SNAPLENS = (0, 80, 4000, 60000, 16, 1)
CPU = Path("/sys/devices/system/cpu/cpu1/online")
WARM_UP_ROUNDS = 10
RING_BYTES = 1 << 18

Report = dict[str, object]


def main() -> None:
    """Prints {"consumers": {...}, "unload": ..., "leaks": [...], "memory": [...]}."""
    flood, module, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    loaded_at = jiffies()
    subprocess.run(["insmod", module], check=True)
    started = time.monotonic()
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    report = consumers(flood)
    faulthandler.cancel_dump_traceback_later()
    report["consumers_s"] = round(time.monotonic() - started, 1)
    report["leaks"] = allocations_of_the_module(since=loaded_at)
    subprocess.run(["rmmod", "tracer"], check=True)
    reload(module, WARM_UP_ROUNDS)
    before = memory_in_use()
    started = time.monotonic()
    reload(module, rounds)
    report["rounds_s"] = round(time.monotonic() - started, 1)
    report["memory"] = [before, memory_in_use()]
    print(json.dumps(report, default=vars))


def consumers(flood: str) -> Report:
    """All of them at once, under a flood."""
    installed_plugins()  # once for all the processes to come
    CPU.write_text("0")
    workers = {"without a CPU": Worker("kmod", Plan(buffer_bytes=RING_BYTES), drain)}
    CPU.write_text("1")
    workers |= {
        "changing": Worker("kmod", Plan(buffer_bytes=RING_BYTES, enter_events=True, tracepoints=ALL), change),
        "slow": Worker("kmod", Plan(buffer_bytes=4096, tracepoints=ALL), sleep),
        "probe": Worker("ebpf", Plan(buffer_bytes=RING_BYTES, tracepoints=ALL), change_in_bounds),
    }
    victims = [Worker("kmod", Plan(buffer_bytes=RING_BYTES, enter_events=True), sleep) for _ in range(2)]
    say("all attached")
    floods = [subprocess.Popen([flood, str(cpu)]) for cpu in (0, 1)]
    for worker in [*workers.values(), *victims]:
        worker.go()
    for victim in victims:
        victim.kill_in_the_middle()
    say("killed")
    CPU.write_text("0")
    time.sleep(0.5)
    CPU.write_text("1")
    say("CPU went and came")
    os.sched_setaffinity(floods[1].pid, {1})
    time.sleep(1)
    unload = subprocess.run(["rmmod", "tracer"], capture_output=True, text=True)
    for process in floods:
        process.kill()
        process.wait()
    say("flood over")
    hostile_reader()
    say("hostile reader done")
    results = {}
    for name, worker in workers.items():
        results[name] = worker.finish()
        say(f"consumer {name} done")
    return {"consumers": results, "unload": [unload.returncode, unload.stderr]}


def say(text: str) -> None:
    """Progress, for whoever wonders what takes so long."""
    print(f"{time.monotonic():.1f}: {text}", file=sys.stderr, flush=True)


class Worker:
    """A consumer in a process of its own, which takes `step` again and again. It is attached once this is made."""

    def __init__(self, driver: str, plan: Plan, step: Callable[[OpenSession, int], None]) -> None:
        self._answer, answer = os.pipe()
        stop, self._stop = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._stop)
            status = 1
            try:
                os.write(answer, json.dumps(consume(driver, plan, step, answer, stop), default=vars).encode())
                status = 0
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(answer)
        os.close(stop)
        if os.read(self._answer, len(ATTACHED)) != ATTACHED:
            raise RuntimeError(f"the consumer through {driver} failed")

    def go(self) -> None:
        """Has it begin: until then it leaves its records where they are."""
        os.write(self._stop, GO)

    def kill_in_the_middle(self) -> None:
        """As kill -9 does, after a while."""
        time.sleep(0.5)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def finish(self) -> Report:
        """Ends it; what it counted."""
        os.write(self._stop, STOP)
        with os.fdopen(self._answer, "rb") as answer:
            report: Report = json.loads(answer.read())
        os.waitpid(self.pid, 0)
        return report


def consume(driver: str, plan: Plan, step: Callable[[OpenSession, int], None], answer: int, stop: int) -> Report:
    """Takes steps until the pipe `stop` says so, then takes out what is left; what was counted."""
    opened = open_session(DriverRequest(option=driver), plan)
    opened.session.start()
    os.write(answer, ATTACHED)
    os.read(stop, len(GO))
    number = 0
    while not select.select([stop], [], [], 0)[0]:
        step(opened, number)
        number += 1
    opened.source.stop()  # type: ignore[attr-defined]
    while opened.session.run(timeout_ms=100):
        pass
    assert isinstance(opened.native, RingSource)
    delivered = opened.native.delivered
    opened.close()
    return {**vars(opened.statistics()), "delivered": delivered, "steps": number}


def hostile_reader() -> None:
    """Claims to have read what it likes, from a ring that is smaller than a record."""
    device = Device(Plan(buffer_bytes=4096, snaplen_bytes=60000, exclude_self=False))
    positions = [mmap.mmap(fd, mmap.PAGESIZE) for fd in device.ring_fds]
    device.attach()
    data = os.open("/dev/zero", os.O_RDWR)
    for claimed in (0, 1, 7, 4096, 4095, 60000, 65536, 2**32 - 1, 2**63, 2**64 - 8, 2**64 - 1):
        for position in positions:
            position[:8] = claimed.to_bytes(8, "little")
        os.read(data, 60000)
        os.getppid()
        Path("/nowhere").exists()
    device.close()


def drain(opened: OpenSession, number: int) -> None:
    """Takes out what is there."""
    opened.session.run(timeout_ms=50)


def sleep(opened: OpenSession, number: int) -> None:
    """Lets the rings fill first."""
    time.sleep(0.3)
    drain(opened, number)


def change(opened: OpenSession, number: int) -> None:
    """Asks for something else each time."""
    calls = frozenset({"read", "open"}) if number % 3 == 1 else None
    tracepoints = ALL if number % 2 else Plan().tracepoints
    snaplen = SNAPLENS[number % len(SNAPLENS)]
    opened.source.replan(
        Plan(syscalls=calls, enter_events=number % 4 < 2, tracepoints=tracepoints, snaplen_bytes=snaplen)
    )
    drain(opened, number)


def change_in_bounds(opened: OpenSession, number: int) -> None:
    """The same for a probe that was loaded without some programs."""
    opened.source.replan(Plan(tracepoints=ALL, snaplen_bytes=SNAPLENS[number % len(SNAPLENS)]))
    drain(opened, number)


def reload(module: str, rounds: int) -> None:
    """Loads the module, records through it, and unloads it."""
    plan = Plan(buffer_bytes=65536, enter_events=True, tracepoints=ALL, exclude_self=False)
    subprocess.run(["strip", "--strip-debug", "-o", SMALL_MODULE, module], check=True)
    for _ in range(rounds):
        with SMALL_MODULE.open("rb") as file:
            system_call(SYS_FINIT_MODULE, file.fileno(), b"", 0)
        device = Device(plan)
        device.attach()
        os.getppid()
        assert device.statistics().emitted > 0
        device.close()
        system_call(SYS_DELETE_MODULE, b"tracer", os.O_NONBLOCK)


def system_call(number: int, *arguments: object) -> None:
    """Without a program of its own for each. Raises OSError."""
    if LIBC.syscall(number, *arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def allocations_of_the_module(since: int) -> list[str]:
    """What the module has allocated and not given back, as the kernel keeps book of it.

    `since`: the jiffies before it was loaded. Where it is now, the start-up code of other modules may have been, whose
    allocations are then shown as its own.
    """
    mapped = [line for line in Path("/proc/vmallocinfo").read_text().splitlines() if "[tracer]" in line]
    texts = [path.read_text(errors="replace") for path in Path("/sys/kernel/debug/slab").glob("*/alloc_traces")]
    if not any(texts):
        raise RuntimeError("the kernel keeps no book of allocations: boot with slub_debug=FZPU")
    entries = [entry for text in texts for entry in text.split("\n\n") if "[tracer]" in entry]
    oldest = jiffies() - since
    return mapped + [
        entry for entry in entries if not KEPT_BY_THE_KERNEL.search(entry) and age_in_jiffies(entry) <= oldest
    ]


def age_in_jiffies(entry: str) -> int:
    """Of the youngest of these allocations: ``age=5`` or ``age=5/7/9``."""
    return int(re.search(r"\bage=(\d+)", entry)[1])  # type: ignore[index]


def jiffies() -> int:
    text = Path("/proc/timer_list").read_text()
    return int(re.search(r"^jiffies: (\d+)", text, re.MULTILINE)[1])  # type: ignore[index]


def memory_in_use() -> dict[str, int]:
    """In KiB, without what the kernel would give back if asked."""
    time.sleep(1)
    Path("/proc/sys/vm/drop_caches").write_text("3")
    text = Path("/proc/meminfo").read_text()
    wanted = ("VmallocUsed", "Percpu", "SUnreclaim", "KernelStack")
    return {name: int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1]) for name in wanted}  # type: ignore[index]


if __name__ == "__main__":
    main()
