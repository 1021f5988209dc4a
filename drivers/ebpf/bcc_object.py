"""The probe as bcc compiles it on the spot with the kernel's headers: for kernels without BTF, or on request.

bcc is the compiler alone. Maps and programs are made here, so that all that follows is the same as with an object file.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tracer.core.driver import DriverError
from tracer.drivers.ebpf import pieces
from tracer.drivers.ebpf.libbpf import Map
from tracer.drivers.ebpf.object_file import GENERATED
from tracer.drivers.ebpf.requirements import Lack
from tracer.drivers.probe.layout import DROP_ORIGINS, SYSCALL_ID_MAX

HERE = Path(__file__).resolve().parent
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""The one that distributions bring bcc for."""
FAMILY_MAX = 6
FUNCTION = "function_"
"""Begins the names of programs that others call as functions."""
FIRST_FUNCTION_NUMBER = 1 << 24
"""Far from the numbers of the kernel's own functions."""

PROGRAMS = {
    "sys_enter": "sys_enter",
    "sys_exit": "sys_exit",
    **{f"{side}_{family}": "" for side in ("enter", "exit") for family in ("general", "io", "network", "process")},
    "sched_process_exit": "sched_process_exit",
    "signal_deliver": "signal_deliver",
    "sched_switch": "sched_switch",
    "page_fault_user": "page_fault_user",
    "page_fault_kernel": "page_fault_kernel",
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
    MapShape("enter_families", pieces.PROG_ARRAY, "", entries=FAMILY_MAX),
    MapShape("exit_families", pieces.PROG_ARRAY, "", entries=FAMILY_MAX),
    MapShape("writers", pieces.ARRAY, "struct writer"),
    MapShape("config", pieces.ARRAY, "struct probe_config"),
    MapShape("tables", pieces.ARRAY, "struct probe_tables"),
    MapShape("arguments", pieces.PERCPU_ARRAY, "__u64[PARAMETERS_MAX]"),
)
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

    def load(self) -> None:
        """Compiles the programs, then hands programs and maps to the kernel. Raises DriverError, LibbpfError."""
        print(
            f"tracer: compiling the probe for kernel {platform.release()} with bcc; this takes some seconds",
            file=sys.stderr,
            flush=True,
        )
        code = compile_probe(self._wanted)
        for shape in SHAPES:
            value_size = returned_number(code[_size_program(shape)]) if shape.value_type else 4
            self._maps[shape.name] = pieces.create_map(
                shape.kind,
                shape.name,
                value_size,
                self._entries[shape.name],
                flags=shape.flags,
                inner_fd=self._inner.get(shape.name, 0),
            )
        descriptors = {number: self._maps[shape.name].fd for number, shape in enumerate(SHAPES, 1)}
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


def compile_probe(wanted: Iterable[str]) -> dict[str, bytes]:
    """The instructions of each program that is wanted, and of those that tell sizes and fill the tables.

    Raises DriverError.
    """
    programs = sorted(wanted)
    sizes = {_size_program(shape): f"sizeof({shape.value_type})" for shape in SHAPES if shape.value_type}
    shared = shared_fillers()
    bodies = {name: f"run_{name}(ctx)" for name in programs} | sizes
    bodies |= {name: f"run_{name.removeprefix(FUNCTION)}()" for name in (*shared, "fill_tables")}
    lines = [f'#include "{name}"' for name in ("platform_bcc.h", "probe.h", "programs.h")]
    lines += ["FILL_TABLES"]
    lines += [f"int {name}(__u64 *ctx) {{ return {body}; }}" for name, body in bodies.items()]
    flags = ["-g0"]  # half a second less
    flags += [f"-I{folder}" for folder in (HERE, HERE.parent / "probe", GENERATED)]
    flags += [f"-DMAP_{shape.name}={number}" for number, shape in enumerate(SHAPES, 1)]
    flags += [f"-DFUNCTION_{name.removeprefix(FUNCTION)}={number}" for name, number in shared.items()]
    request = {"text": "\n".join([*lines, ""]), "flags": flags, "programs": list(bodies)}
    python = python_with_bcc()
    if python is None:
        raise DriverError(f"ebpf: {NO_BCC[0]}; {NO_BCC[1]}")
    command = [python, "-I", str(HERE / "bcc_compiler.py")]
    ran = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, errors="replace")
    try:
        answer = json.loads(ran.stdout)
    except ValueError:
        answer = {"error": f"the compiler ended with status {ran.returncode}"}
    if "error" in answer:
        said = [line for line in ran.stderr.splitlines() if "error:" in line or "nable to find" in line]
        raise DriverError(
            f"ebpf: bcc cannot compile the probe: {said[0].strip() if said else answer['error']}; "
            f"see that the headers of kernel {platform.release()} and bcc are in order"
        )
    return {name: bytes.fromhex(text) for name, text in answer["programs"].items()}


def shared_fillers() -> dict[str, int]:
    """For each shared filler of the sources the name of its program, and the number that stands for it in a call."""
    names: list[str] = []
    for header in sorted((HERE.parent / "probe").glob("*.h")):
        names += re.findall(r"^SHARED_FILLER\((\w+),", header.read_text(), re.MULTILINE)
    return {FUNCTION + name: number for number, name in enumerate(names, FIRST_FUNCTION_NUMBER)}


NO_BCC = Lack("Python's module bcc is not installed", "install it (Debian: apt-get install python3-bpfcc)")


def python_with_bcc() -> str | None:
    """A Python that has bcc: the one that runs, or the system's."""
    if find_spec("bcc") is not None:
        return sys.executable
    if not SYSTEM_PYTHON.exists():
        return None
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('bcc') is None)"
    return None if subprocess.run([SYSTEM_PYTHON, "-c", code]).returncode else str(SYSTEM_PYTHON)


def returned_number(instructions: bytes) -> int:
    """What a program returns that only returns a number."""
    return int.from_bytes(instructions[4:8], "little")


def _size_program(shape: MapShape) -> str:
    return f"sizeof_{shape.name}"
