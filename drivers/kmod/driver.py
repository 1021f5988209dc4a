"""The kmod driver and its running captures."""

from __future__ import annotations

import ctypes

from tracer.core._engine import NativeSource, RingSource
from tracer.core.driver import DriverError, Plan, Readiness, Source, Statistics
from tracer.drivers.kmod.device import DEVICE, Device
from tracer.drivers.probe.layout import DROP_REASONS, CpuCounters


class KmodDriver:
    """System calls through a kernel module."""

    name = "kmod"
    summary = "system calls of this machine, through a kernel module"
    capabilities = frozenset({"kernel_follow", "kernel_syscall_mask", "enter_events", "replan"})

    def readiness(self, argument: str) -> Readiness:
        """Whether the module is loaded."""
        if not DEVICE.exists():
            return Readiness(False, "the module is not loaded", "tracer drivers load kmod")
        return Readiness(True, "the module is loaded")

    def open(self, argument: str, plan: Plan) -> Source:
        """Starts a capture. Raises DriverError."""
        try:
            return KmodSource(Device(plan))
        except OSError as error:
            raise DriverError(f"kmod: cannot record through {DEVICE}: {error.strerror}") from error


class KmodSource:
    """A running capture, whose records the engine fetches from the rings."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._native = RingSource(
            rings=list(zip(device.ring_fds, device.cpus, strict=True)),
            ring_bytes=device.ring_bytes,
            counters_fd=device.fd,
            counters_stride=ctypes.sizeof(CpuCounters),
            counters_cpus=device.possible_cpus,
            drop_reasons=len(DROP_REASONS),
        )
        self._closed: Statistics | None = None
        device.attach()

    def native(self) -> NativeSource | None:
        """The engine's own source."""
        return self._native

    def tables(self) -> None:
        """The engine reads /proc itself."""

    def read(self, timeout_s: float) -> None:
        """Records do not pass through here."""
        raise DriverError("kmod: records are read natively")

    def follow(self, pid: int) -> None:
        """Also records this process and its descendants from now on."""
        self._device.follow(pid)

    def replan(self, plan: Plan) -> None:
        """Goes on under another plan, with buffers of the same size."""
        self._device.configure(plan)
        self._device.attach()

    def stop(self) -> None:
        """Records no more; what was recorded can still be read, then the stream ends."""
        self._device.detach()
        self._native.stop()

    def statistics(self) -> Statistics:
        """What has been seen and lost so far."""
        return self._closed or self._device.statistics()

    def close(self) -> None:
        """Stops and frees everything; may be called twice."""
        if self._closed is None:
            self.stop()
            self._closed = self._device.statistics()
            self._device.close()
