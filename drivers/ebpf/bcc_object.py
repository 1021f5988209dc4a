"""The probe as bcc compiles it on the spot with the kernel's headers: for kernels without BTF, or on request.

bcc is the compiler alone. Maps and programs are made here, so that all that follows is the same as with an object file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tracer.core.driver import DriverError
from tracer.drivers.ebpf import pieces
from tracer.drivers.ebpf.bcc_compilation import (
    SIZE,
    Headers,
    Request,
    compile_programs,
    compiled,
    keep,
    place_in_cache,
    request_for,
    shared_fillers,
)
from tracer.drivers.ebpf.libbpf import Map
from tracer.drivers.probe.cache import cache_directory
from tracer.drivers.probe.layout import DROP_ORIGINS, SYSCALL_ID_MAX

FAMILY_MAX = 6
DESCRIPTOR_SIZE = 4

PROGRAMS = {
    "sys_enter": "sys_enter",
    "sys_exit": "sys_exit",
    **{f"{side}_{family}": "" for side in ("enter", "exit") for family in ("general", "io", "network", "process")},
    "sched_process_exit": "sched_process_exit",
    "signal_deliver": "signal_deliver",
    "sched_switch": "sched_switch",
    "page_fault_user": "page_fault_user",
    "page_fault_kernel": "page_fault_kernel",
    "task_rename": "task_rename",
    "follow_fork": "sched_process_fork",
    "follow_exec": "sched_process_exec",
}
"""Programs of programs.h, and the tracepoint of each; "" for those that others call."""


@dataclass(frozen=True)
class MapShape:
    """A map as probe.bpf.c declares it."""

    name: str
    """In C, where it is `MAP(name)`."""
    kind: int
    value_type: str
    """The C type of its elements; "" for a descriptor."""
    entries: int = 1
    flags: int = 0


SHAPES = (
    MapShape("rings", pieces.ARRAY_OF_MAPS, ""),
    MapShape("counters", pieces.ARRAY, "struct cpu_counters", flags=pieces.MMAPABLE),
    MapShape("drops_by_origin", pieces.ARRAY, "__u64", entries=SYSCALL_ID_MAX + len(DROP_ORIGINS)),
    MapShape("followed", pieces.HASH, "__u8", flags=pieces.NO_PREALLOC),
    MapShape("outdated", pieces.ARRAY, "__u64"),
    MapShape("enter_families", pieces.PROG_ARRAY, "", entries=FAMILY_MAX),
    MapShape("exit_families", pieces.PROG_ARRAY, "", entries=FAMILY_MAX),
    MapShape("writers", pieces.ARRAY, "struct writer"),
    MapShape("config", pieces.ARRAY, "struct probe_config"),
    MapShape("tables", pieces.ARRAY, "struct probe_tables"),
    MapShape("arguments", pieces.ARRAY, "struct shared_arguments"),
)
MAP_NUMBERS = {shape.name: number for number, shape in enumerate(SHAPES, 1)}
"""What stands for each map in what bcc compiles."""
OBJECT_FILE_NAMES = {".data.config": "config"}
"""What maps are called that an object file has no declaration of."""


class BccObject:
    """The same steps as `libbpf.Object`: selected, resized, loaded, attached, closed."""

    def __init__(self) -> None:
        self._wanted = set(PROGRAMS)
        self._entries = {shape.name: shape.entries for shape in SHAPES}
        self._inner: dict[str, int] = {}
        self._maps: dict[str, Map] = {}
        self._programs: dict[str, int] = {}
        self._links: list[int] = []

    def programs(self) -> Iterator[str]:
        """The names of all programs."""
        return iter(PROGRAMS)

    def select(self, wanted: Callable[[str], bool]) -> None:
        """Leaves out the programs that are not wanted."""
        self._wanted = set(filter(wanted, PROGRAMS))

    def resize(self, map_name: str, entries: int) -> None:
        """Sets the size of a map before loading."""
        self._entries[map_name] = entries

    def set_inner(self, map_name: str, inner_fd: int) -> None:
        """Gives a map of maps the shape of its elements."""
        self._inner[map_name] = inner_fd

    def has_map(self, name: str) -> bool:
        """Whether there is a map of this name."""
        return name in self._entries

    def set_constant(self, map_name: str, value: bytes) -> None:
        """There are no stack traces here: the driver refuses plans with them."""
        raise NotImplementedError

    def load(self) -> None:
        """Compiles the programs, then hands programs and maps to the kernel. Raises DriverError, LibbpfError."""
        code = compiled(whole_probe(), cache_directory())
        for shape in SHAPES:
            value_size = returned_number(code[SIZE + shape.name]) if shape.value_type else DESCRIPTOR_SIZE
            self._maps[shape.name] = pieces.create_map(
                shape.kind,
                shape.name,
                value_size,
                self._entries[shape.name],
                flags=shape.flags,
                inner_fd=self._inner.get(shape.name, 0),
            )
        descriptors = {number: self._maps[name].fd for name, number in MAP_NUMBERS.items()}
        fill_tables = pieces.insert_maps(code["fill_tables"], descriptors)
        filler = pieces.load_program(pieces.SOCKET_FILTER, "fill_tables", pieces.Program(fill_tables))
        pieces.run_once(filler)
        os.close(filler)
        functions = {number: code[name] for name, number in shared_fillers().items()}
        for name in sorted(self._wanted):
            linked = pieces.link(code[name], functions)
            program = pieces.Program(pieces.insert_maps(linked.instructions, descriptors), linked.functions)
            self._programs[name] = pieces.load_program(pieces.RAW_TRACEPOINT, name, program)

    def map(self, name: str) -> Map:
        """A map of the loaded probe."""
        return self._maps[OBJECT_FILE_NAMES.get(name, name)]

    def program_fd(self, name: str) -> int:
        """The descriptor of a loaded program."""
        return self._programs[name]

    def attach(self, name: str) -> None:
        """Attaches a loaded program to its tracepoint."""
        self._links.append(pieces.attach_to_tracepoint(PROGRAMS[name], self._programs[name]))

    def attach_to_function(self, name: str, path: str, offset: int, at_return: bool, cookie: int) -> None:
        """There are no user probes here: the driver refuses plans with them."""
        raise NotImplementedError

    def detach(self) -> None:
        """Detaches all programs."""
        while self._links:
            os.close(self._links.pop())

    def close(self) -> None:
        """Detaches and frees everything; may be called twice."""
        self.detach()
        for fd in [*self._programs.values(), *(one.fd for one in self._maps.values())]:
            os.close(fd)
        self._programs.clear()
        self._maps.clear()


def whole_probe() -> Request:
    """All programs, whatever a plan needs of them, so that compiling once is enough."""
    return request_for(PROGRAMS, MAP_NUMBERS, {shape.name: shape.value_type for shape in SHAPES if shape.value_type})


def compile_for(release: str, cache: Path) -> Path:
    """Compiles for a kernel whose headers are installed; where the outcome is kept for it. Raises DriverError."""
    request, headers = whole_probe(), Headers(release)
    place = place_in_cache(request, cache, headers)
    if not place.exists():
        programs = compile_programs(request, headers)
        try:
            keep(programs, place)
        except OSError as error:
            raise DriverError(f"ebpf: cannot write {place}: {error.strerror}; make room or run as root") from None
    return place


def returned_number(instructions: bytes) -> int:
    """What a program returns that only returns a number."""
    return int.from_bytes(instructions[4:8], "little")
