"""A running capture through the module."""

from __future__ import annotations

import ctypes

from tracer.core._engine import NativeSource, RingSource
from tracer.core.driver import DriverError, Plan, Statistics
from tracer.drivers.ebpf.open_files import open_files_iterator
from tracer.drivers.kmod.device import Device
from tracer.drivers.probe.layout import DROP_REASONS, CpuCounters


class KmodSource:
    """A running capture, whose records the engine fetches from the rings."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._closed: Statistics | None = None
        try:
            self._start()
        except BaseException:
            device.close()
            raise

    def _start(self) -> None:
        device = self._device
        with open_files_iterator() as open_files_fd:
            self._native = RingSource(
                rings=list(zip(device.ring_fds, device.cpus, strict=True)),
                ring_bytes=device.ring_bytes,
                counters_fd=device.fd,
                counters_stride=ctypes.sizeof(CpuCounters),
                counters_cpus=device.possible_cpus,
                drop_reasons=len(DROP_REASONS),
                clock_offset=device.clock_offset,
                open_files_fd=open_files_fd,
            )
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
