"""The ebpf driver and its running captures."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

from tracer.core._engine import NativeSource, RingSource
from tracer.core.driver import BuildOptions, DriverError, Plan, Readiness, Source, Statistics
from tracer.drivers.ebpf import libbpf, object_file
from tracer.drivers.ebpf.open_files import open_files_iterator
from tracer.drivers.ebpf.probe import Function, Probe, ProbeObject
from tracer.drivers.ebpf.requirements import (
    FIRST_WITH_COOKIES,
    FIRST_WITHOUT_MEMORY_LIMIT,
    Lack,
    Machine,
    is_older,
    lack_for_any_probe,
    lack_for_bcc,
    lack_for_object,
)
from tracer.drivers.probe.layout import DROP_REASONS

BCC = "bcc"
"""The argument that asks for a probe that bcc compiles; any other is the path of a probe object."""


class EbpfDriver:
    """System calls of this machine, through eBPF."""

    name = "ebpf"
    summary = "system calls of this machine, through an eBPF probe"
    capabilities = frozenset(
        {"kernel_follow", "kernel_syscall_mask", "kernel_filter", "enter_events", "replan", "stacks", "uprobes"}
    )

    def __init__(self, machine: Machine | None = None) -> None:
        self._machine = machine or Machine()

    def readiness(self, argument: str) -> Readiness:
        """Whether a probe can be loaded here.

        `argument` is "bcc", or the path of a probe object, or "" for the installed object; where the kernel has no BTF,
        which an object needs, "" means "bcc".
        """
        machine = self._machine
        lack = lack_for_any_probe(machine) or _lack_of_libbpf()
        if lack is None and self._is_compiled(argument):
            from tracer.drivers.ebpf.bcc_compilation import NO_BCC, python_with_bcc

            lack = lack_for_bcc(machine)
            if lack is None and python_with_bcc() is None:
                lack = NO_BCC
            if lack is None:
                return Readiness(True, f"kernel {machine.release}, headers to compile the probe with, and bcc")
            if not argument:
                lack = Lack(f"the kernel has no BTF, and {lack.reason}", lack.remedy)
        lack = lack or lack_for_object(machine)
        if lack:
            return Readiness(False, *lack)
        try:
            path = object_file.find(argument, machine.release)
            object_file.check(path)
        except DriverError as error:
            reason, _, remedy = str(error).removeprefix("ebpf: ").partition("; ")
            return Readiness(False, reason, remedy)
        return Readiness(True, f"kernel {machine.release} with BTF, probe object {path}")

    def open(self, argument: str, plan: Plan) -> Source:
        """Loads and attaches the probe. Raises DriverError."""
        readiness = self.readiness(argument)
        if not readiness.usable:
            raise DriverError(f"ebpf: {readiness.reason}; {readiness.remedy}")
        functions = self._functions(plan)
        try:
            probe_object: ProbeObject
            if self._is_compiled(argument):
                if plan.probes or plan.stacks:
                    raise DriverError(
                        "ebpf: user probes and stack traces need the probe object, not a probe by bcc; use a kernel "
                        "with BTF and leave out :bcc"
                    )
                from tracer.drivers.ebpf.bcc_object import BccObject

                probe_object = BccObject()
            else:
                probe_object = libbpf.Object(str(object_file.find(argument, self._machine.release)))
            return EbpfSource(Probe(probe_object, plan, functions))
        except libbpf.LibbpfError as error:
            raise DriverError(explain(error, self._machine.release)) from error

    def _functions(self, plan: Plan) -> list[Function]:
        """Where the user probes of a plan are. Raises DriverError."""
        if not plan.probes:
            return []
        if is_older(self._machine.release, FIRST_WITH_COOKIES):
            raise DriverError(f"ebpf: user probes need kernel 5.15, this is {self._machine.release}; use a newer one")
        from tracer.drivers.ebpf.user_probes import find_function

        return [find_function(probe) for probe in plan.probes]

    def build(self, options: BuildOptions) -> Path:
        """Compiles the probe object, which is for any kernel with BTF; or, for the kernel named, a probe by bcc.

        Raises DriverError.
        """
        if options.install or options.dkms:
            raise DriverError("ebpf: a probe is not installed for a kernel: --install and --dkms do not go with it")
        if options.kernel:
            return self._build_by_bcc(options)
        from tracer.drivers.ebpf.builder import DIRECT_PROBE, BuildError, build_object

        output = options.output or object_file.INSTALLED
        try:
            build_object(output, object_file.GENERATED)
            if options.output is None:
                build_object(object_file.DIRECT, object_file.GENERATED, source=DIRECT_PROBE)
        except BuildError as error:
            raise DriverError(f"ebpf: {error}") from None
        return output

    def _build_by_bcc(self, options: BuildOptions) -> Path:
        if options.output:
            raise DriverError("ebpf: what bcc compiles for a kernel is kept in the cache: -o does not go with --kernel")
        lack = lack_for_bcc(replace(self._machine, release=options.kernel))
        if lack:
            raise DriverError(f"ebpf: {lack.reason}; {lack.remedy}")
        from tracer.drivers.ebpf.bcc_object import compile_for
        from tracer.drivers.probe.cache import cache_directory

        return compile_for(options.kernel, cache_directory())

    def _is_compiled(self, argument: str) -> bool:
        return argument == BCC or (not argument and not self._machine.types.exists())


class EbpfSource:
    """A running capture, whose records the engine fetches from the rings."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        with open_files_iterator() as open_files_fd:
            self._native = RingSource(
                rings=list(zip(probe.ring_fds, probe.cpus, strict=True)),
                ring_bytes=probe.ring_bytes,
                behind_bytes=probe.behind_bytes,
                counters_fd=probe.counters.fd,
                counters_stride=probe.counters.value_size,
                counters_cpus=probe.possible_cpus,
                drop_reasons=len(DROP_REASONS),
                clock_offset=probe.clock_offset,
                open_files_fd=open_files_fd,
            )
        self._closed: Statistics | None = None
        probe.attach()

    def native(self) -> NativeSource | None:
        """The engine's own source."""
        return self._native

    def tables(self) -> None:
        """The engine reads /proc itself."""

    def read(self, timeout_s: float) -> None:
        """Records do not pass through here."""
        raise DriverError("ebpf: records are read natively")

    def follow(self, pid: int) -> None:
        """Also records this process and its descendants from now on."""
        self._probe.follow(pid)

    def replan(self, plan: Plan) -> None:
        """Goes on under another plan, with buffers of the same size.

        Raises DriverError if the plan needs programs that the first one did without.
        """
        if plan.probes != self._probe.plan.probes:
            raise DriverError("ebpf: a running probe keeps its user probes; open a new capture for others")
        if plan.stacks != self._probe.plan.stacks:
            raise DriverError("ebpf: a running probe goes on with or without stack traces; open a new capture")
        lacking = self._probe.lacks(plan)
        if lacking:
            raise DriverError(
                f"ebpf: the running probe was loaded without what this plan needs ({', '.join(sorted(lacking))}); "
                "open a new capture for it"
            )
        self._probe.configure(plan)

    def stop(self) -> None:
        """Records no more; what was recorded can still be read, then the stream ends."""
        self._probe.detach()
        self._native.stop()

    def statistics(self) -> Statistics:
        """What has been seen and lost so far."""
        return self._closed or self._probe.statistics()

    def close(self) -> None:
        """Stops and frees everything; may be called twice."""
        if self._closed is None:
            self.stop()
            self._closed = self._probe.statistics()
            self._probe.close()


def _lack_of_libbpf() -> Lack | None:
    try:
        libbpf.library()
    except libbpf.LibbpfMissing as error:
        return Lack(str(error), "install it (Debian: apt-get install libbpf1)")
    return None


def explain(error: libbpf.LibbpfError, release: str) -> str:
    """One line for the user: libbpf's error, its last words, and what may help."""
    lines = [line.strip() for line in error.log.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("libbpf:")] or lines
    detail = f" ({said[0].removeprefix('libbpf: ')})" if said else ""
    remedy = "`tracer drivers` shows what this machine has"
    if error.number == errno.EPERM and is_older(release, FIRST_WITHOUT_MEMORY_LIMIT):
        remedy = "raise the limit of locked memory (ulimit -l unlimited), which kernels before 5.11 count maps against"
    return f"ebpf: cannot {error}{detail}; {remedy}"
