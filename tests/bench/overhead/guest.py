"""Instructions that a system call takes under each tracer, counted in a guest whose clock counts instructions."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.vm.kernel import CACHE, HEADERS, Kernel, obtain
from tests.vm.machine import Machine
from tracer.drivers.kmod.build import build_module
from tracer.drivers.kmod.kernel import Kernel as TargetKernel

TRACER = Path(sys.executable).with_name("tracer")
HERE = Path(__file__).parent
WORK = Path("/dev/shm/overhead")
TIMEOUT_S = 900

Costs = dict[str, float]
"""What one turn of each kind of work costs."""


@dataclass(frozen=True)
class Tracer:
    """Something that traces the whole guest, or, as a wrapper, the command behind it."""

    command: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()
    told: Path = WORK / "err"
    """The file that tells that it records, ..."""
    text: str = ""
    """... once this stands in it."""
    environment: Mapping[str, str] = field(default_factory=dict)


def ours(driver: str, *options: str) -> Tracer:
    """This project's, through one driver."""
    return Tracer((str(TRACER), "--driver", driver, *options), text="driver")


SYSDIG_FILE = WORK / "sysdig.scap"
TRACERS = {
    "nothing": Tracer(),
    "module": ours("kmod"),
    "CO-RE probe": ours("ebpf"),
    "bcc probe": ours("ebpf:bcc"),
    "module, recording": ours("kmod", "-w", str(WORK / "kmod.scap")),
    "CO-RE probe, recording": ours("ebpf", "-w", str(WORK / "ebpf.scap")),
    "sysdig's module": Tracer(("sysdig", "-w", str(SYSDIG_FILE)), told=SYSDIG_FILE),
    "strace": Tracer(wrapper=("strace", "-f", "-o", "/dev/null")),
}


def measure() -> dict[str, Costs]:
    """Instructions by tracer and work. Raises GuestError or KernelError."""
    kernel = obtain()
    # What bcc compiles here, the guest finds ready: emulated, it takes minutes.
    subprocess.run([TRACER, "drivers", "build", "ebpf", "--kernel", kernel.release], check=True, stdout=sys.stderr)
    modules = [build_module(TargetKernel(kernel.release)), sysdig_module(kernel)]
    share = Path(tempfile.mkdtemp(prefix="overhead-", dir=CACHE))
    compile_calls(share / "calls")
    costs: dict[str, Costs] = {}
    with Machine(kernel, share, icount=True) as machine:
        for module in modules:
            machine.run(["insmod", os.fspath(module)])
        # Once for the files: the first to open them waits for them.
        for name in ("nothing", *TRACERS):
            costs[name] = run(machine, TRACERS[name], share / "calls")
            print(f"{name}: {costs[name]}", file=sys.stderr)
    shutil.rmtree(share)
    return costs


def run(machine: Machine, tracer: Tracer, calls: Path) -> Costs:
    """Costs under one tracer."""
    environment = [f"WRAP={shlex.join(tracer.wrapper)}", *(f"{name}={at}" for name, at in tracer.environment.items())]
    script, told = str(HERE / "measure.sh"), str(tracer.told)
    words = ["env", *environment, "bash", script, str(calls), told, tracer.text, *tracer.command]
    return parse(machine.run(words, TIMEOUT_S).out)


def parse(text: str) -> Costs:
    """What `calls` prints."""
    return {name: float(cost) for name, cost in (line.split() for line in text.splitlines())}


def compile_calls(program: Path) -> None:
    """The program that makes the calls."""
    subprocess.run(["cc", "-O2", "-o", program, HERE / "calls.c"], check=True)


def sysdig_module(kernel: Kernel) -> Path:
    """sysdig's module for the guest's kernel, compiled from Debian's package; kept like the kernel."""
    folder = CACHE / kernel.release / "sysdig-module"
    module = folder / "scap.ko"
    if not module.exists():
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as unpacked:
            package = "falcosecurity-scap-dkms"
            download = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package]
            subprocess.run(download, cwd=unpacked, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(unpacked).glob("*.deb")
            subprocess.run(["dpkg", "-x", archive, unpacked], check=True)
            (sources,) = Path(unpacked).glob("usr/src/scap-*")
            shutil.copytree(sources, folder)
        headers = HEADERS / f"linux-headers-{kernel.release}"
        make = ["make", "-s", "-C", str(headers), f"M={folder}", "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    return module
