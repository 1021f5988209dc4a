"""The eBPF driver: a CO-RE probe that libbpf loads; its records reach the engine through shared memory."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.core.driver import Driver, hookimpl


@hookimpl
def tracer_drivers() -> Sequence[Driver]:
    """The eBPF driver."""
    from tracer.drivers.ebpf.driver import EbpfDriver

    return [EbpfDriver()]
