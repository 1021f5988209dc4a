"""The kmod driver: what it takes to record through the module, and what can be done about it."""

from __future__ import annotations

import errno
import os
import platform
from dataclasses import replace
from pathlib import Path

from tracer.core.driver import BuildOptions, DriverError, Plan, Readiness, Source
from tracer.drivers.kmod import loading
from tracer.drivers.kmod.build import build_module
from tracer.drivers.kmod.device import Device
from tracer.drivers.kmod.kernel import CAP_PERFMON, CAP_SYS_ADMIN, Kernel
from tracer.drivers.kmod.source import KmodSource


class KmodDriver:
    """System calls through a kernel module. The argument is the path of a module to load, if none is loaded."""

    name = "kmod"
    summary = "system calls of this machine, through a kernel module"
    capabilities = frozenset({"kernel_follow", "kernel_syscall_mask", "kernel_filter", "enter_events", "replan"})

    def __init__(self, kernel: Kernel | None = None) -> None:
        """`kernel` is the running one."""
        self._kernel = kernel

    @property
    def kernel(self) -> Kernel:
        """The running kernel, looked at anew."""
        return self._kernel or Kernel()

    def readiness(self, argument: str) -> Readiness:
        """Usable if the module is loaded, or can be without building anything."""
        try:
            return Readiness(True, self._prospect(self.kernel, argument))
        except DriverError as error:
            reason, _, remedy = str(error).removeprefix("kmod: ").rpartition("; ")
            return Readiness(False, reason or remedy, remedy if reason else "")

    def open(self, argument: str, plan: Plan) -> Source:
        """Starts a capture, and loads the module first if it has been built but not loaded. Raises DriverError."""
        kernel = self.kernel
        self._prospect(kernel, argument)
        if kernel.loaded_version is None:
            try:
                loading.load_module(loading.find_module(kernel, argument), kernel)
            except DriverError:
                if kernel.loaded_version is None:  # else another process was quicker
                    raise
        try:
            return KmodSource(Device(plan, kernel.device))
        except OSError as error:
            raise DriverError(f"kmod: {_refusal(error, kernel, plan)}") from error

    def build(self, options: BuildOptions) -> Path:
        """Compiles the module; into the driver's cache unless the options say otherwise. Raises DriverError."""
        kernel = replace(self.kernel, release=options.kernel) if options.kernel else self.kernel
        if options.dkms:
            if options.output:
                raise DriverError("kmod: DKMS has its own place for modules; leave out --output")
            return loading.install_with_dkms(kernel)
        built = build_module(kernel, options.output)
        return loading.install_module(built, kernel) if options.install else built

    def load(self, argument: str) -> str:
        """Loads a module that has been built. Raises DriverError."""
        kernel = self.kernel
        path = loading.find_module(kernel, argument)
        loading.load_module(path, kernel)
        return f"loaded {path}"

    def unload(self) -> str:
        """Raises DriverError if the module is not loaded, or in use."""
        loading.unload_module(self.kernel)
        return "unloaded the module"

    def _prospect(self, kernel: Kernel, argument: str) -> str:
        """Why `open` would work. Raises DriverError if it would not."""
        if platform.system() != "Linux" or platform.machine() != "x86_64":
            raise DriverError(
                f"kmod: the module is for Linux on x86_64, this is {platform.system()} on {platform.machine()}; "
                "replay a capture with the fake driver"
            )
        if kernel.loaded_version is not None:
            _check_loaded(kernel)
            return f"the module is loaded, version {kernel.loaded_version}"
        loading.check_rights(kernel)
        path = loading.find_module(kernel, argument)
        loading.check_file(path, kernel)
        return f"the module {path} will be loaded"


def _refusal(error: OSError, kernel: Kernel, plan: Plan) -> str:
    """Why the module does not record, and what may help."""
    if error.errno == errno.ENOMEM:
        return f"there is no memory for {plan.buffer_bytes} bytes of buffer for each CPU; ask for less with --buffer"
    if error.errno == errno.EINVAL:
        return f"the module refuses buffers of {plan.buffer_bytes} bytes; ask for 4K to 1G with --buffer"
    return f"cannot record through {kernel.device}: {error.strerror}"


def _check_loaded(kernel: Kernel) -> None:
    if kernel.loaded_version != loading.VERSION:
        raise DriverError(
            f"kmod: the loaded module is of another version of tracer ({kernel.loaded_version or 'unknown'}, needed is "
            f"{loading.VERSION}); replace it: tracer drivers unload kmod, then tracer drivers load kmod"
        )
    if not kernel.device.exists():
        raise DriverError(f"kmod: the module is loaded, but {kernel.device} is missing; mount a devtmpfs on /dev")
    if not os.access(kernel.device, os.R_OK | os.W_OK) or not kernel.has_capability(CAP_PERFMON, CAP_SYS_ADMIN):
        raise DriverError("kmod: the module is loaded, but recording needs root; run as root")
