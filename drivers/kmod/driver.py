"""The kmod driver: what it takes to record through the module, and what can be done about it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from tracer.core.driver import BuildOptions, DriverError, Plan, Readiness, Source
from tracer.drivers.kmod import loading
from tracer.drivers.kmod.build import build_module, cached_module
from tracer.drivers.kmod.device import DEVICE, Device
from tracer.drivers.kmod.kernel import CAP_PERFMON, CAP_SYS_ADMIN, Kernel
from tracer.drivers.kmod.source import KmodSource

OTHER_SOURCE = "replay a capture with the fake driver"


class KmodDriver:
    """System calls through a kernel module. The argument is the path of a module to load, if none is loaded."""

    name = "kmod"
    summary = "system calls of this machine, through a kernel module"
    capabilities = frozenset({"kernel_follow", "kernel_syscall_mask", "enter_events", "replan"})

    def readiness(self, argument: str) -> Readiness:
        """Usable if the module is loaded, or can be without building anything."""
        try:
            return Readiness(True, self._prospect(argument))
        except DriverError as error:
            reason, _, remedy = str(error).removeprefix("kmod: ").rpartition("; ")
            return Readiness(False, reason or remedy, remedy if reason else "")

    def open(self, argument: str, plan: Plan) -> Source:
        """Starts a capture, and loads the module first if it has been built but not loaded. Raises DriverError."""
        self._prospect(argument)
        if Kernel().loaded_version is None:
            self.load(argument)
        try:
            return KmodSource(Device(plan))
        except OSError as error:
            raise DriverError(f"kmod: cannot record through {DEVICE}: {error.strerror}") from error

    def build(self, options: BuildOptions) -> Path:
        """Compiles the module; into the driver's cache unless the options say otherwise. Raises DriverError."""
        kernel = Kernel(options.kernel) if options.kernel else Kernel()
        if options.dkms:
            if options.output:
                raise DriverError("kmod: DKMS has its own place for modules; leave out --output")
            return loading.install_with_dkms(kernel)
        built = build_module(kernel, options.output)
        return loading.install_module(built, kernel) if options.install else built

    def load(self, argument: str) -> str:
        """Loads a module that has been built. Raises DriverError."""
        kernel = Kernel()
        path = loading.find_module(kernel, argument)
        if path is None:
            raise DriverError(_not_built(kernel))
        loading.load_module(path, kernel)
        return f"loaded {path}"

    def unload(self) -> str:
        """Raises DriverError if the module is not loaded, or in use."""
        loading.unload_module(Kernel())
        return "unloaded the module"

    def _prospect(self, argument: str) -> str:
        """Why `open` would work. Raises DriverError if it would not."""
        kernel = Kernel()
        if platform.system() != "Linux" or platform.machine() != "x86_64":
            raise DriverError(f"kmod: the module is for Linux on x86_64, this is {platform.machine()}; {OTHER_SOURCE}")
        if kernel.loaded_version is not None:
            return _loaded(kernel)
        loading.check_rights(kernel)
        path = loading.find_module(kernel, argument)
        if path is None:
            raise DriverError(_not_built(kernel))
        from tracer.drivers.kmod.object_file import check_module, check_policy, read_module

        module = read_module(path)
        check_module(module, kernel)
        check_policy(module, kernel)
        return f"the module {path} will be loaded"


def _loaded(kernel: Kernel) -> str:
    if kernel.loaded_version != loading.VERSION:
        raise DriverError(
            f"kmod: the loaded module is of another version of tracer ({kernel.loaded_version or 'unknown'}, needed is "
            f"{loading.VERSION}); replace it: tracer drivers unload kmod, then tracer drivers load kmod"
        )
    if not DEVICE.exists():
        raise DriverError(f"kmod: the module is loaded, but {DEVICE} is missing; mount a devtmpfs on /dev")
    if not os.access(DEVICE, os.R_OK | os.W_OK) or not kernel.has_capability(CAP_PERFMON, CAP_SYS_ADMIN):
        raise DriverError("kmod: the module is loaded, but recording needs root; run as root")
    return f"the module is loaded, version {kernel.loaded_version}"


def _not_built(kernel: Kernel) -> str:
    steps = "tracer drivers build kmod, then tracer drivers load kmod"
    if cached_module(kernel).exists() or kernel.headers:
        return f"kmod: the module is neither loaded nor built for kernel {kernel.release}; run: {steps}"
    return (
        f"kmod: the module is neither loaded nor built, and the headers of kernel {kernel.release} are not installed; "
        f"{kernel.headers_remedy}, then run: {steps}"
    )
