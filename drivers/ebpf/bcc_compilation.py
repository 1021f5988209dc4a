"""Has bcc compile the probe with the headers of a kernel, once for each kernel and version of the sources."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from tracer.core.driver import DriverError
from tracer.drivers.ebpf.object_file import GENERATED
from tracer.drivers.ebpf.requirements import Lack

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE, HERE.parent / "probe", GENERATED)
"""Of the headers that are compiled."""
SYSTEM_PYTHON = Path("/usr/bin/python3")
"""The one that distributions bring bcc for."""
NO_BCC = Lack("Python's module bcc is not installed", "install it (Debian: apt-get install python3-bpfcc)")

FUNCTION = "function_"
"""Begins the names of programs that others call as functions."""
SIZE = "sizeof_"
"""Begins the names of programs that return the size of a map's elements."""
FIRST_FUNCTION_NUMBER = 1 << 24
"""Far from the numbers of the kernel's own functions."""


@dataclass(frozen=True)
class Request:
    """What is compiled."""

    text: str
    """The C of it, which includes all else."""
    flags: list[str]
    programs: list[str]
    """Functions whose instructions are wanted."""


@dataclass(frozen=True)
class Headers:
    """The headers of a kernel. Those of the running one bcc finds by itself."""

    release: str
    modules: Path = Path("/lib/modules")

    def environment(self) -> dict[str, str]:
        """Tells bcc where they are."""
        return {} if self._is_running() else {"BCC_KERNEL_SOURCE": str(self._source())}

    def flags(self) -> list[str]:
        """Tells it where what the kernel's build has made is, if that is elsewhere."""
        if self._is_running() or self._source() == self._build():
            return []
        folders = ("include", "arch/x86/include/generated", "arch/x86/include/generated/uapi", "include/generated/uapi")
        return [f"-I{self._build() / folder}" for folder in folders]

    def identity(self) -> bytes:
        """Changes with the kernel's version and options."""
        made = self._build() / "include" / "generated"
        try:
            return (made / "utsrelease.h").read_bytes() + (made / "autoconf.h").read_bytes()
        except OSError:
            return platform.version().encode()  # headers that the running kernel brings along

    def _is_running(self) -> bool:
        return self.release == platform.release()

    def _build(self) -> Path:
        return (self.modules / self.release / "build").resolve()

    def _source(self) -> Path:
        source = self.modules / self.release / "source"
        return source.resolve() if source.exists() else self._build()


def request_for(programs: Iterable[str], maps: Mapping[str, int], value_types: Mapping[str, str]) -> Request:
    """These programs, all shared fillers, the filling of the tables, and the sizes of maps' elements.

    `maps` gives the number that stands for each map, `value_types` the C type of its elements.
    """
    shared = shared_fillers()
    bodies = {name: f"run_{name}(ctx)" for name in programs}
    bodies |= {f"{SIZE}{name}": f"sizeof({value_type})" for name, value_type in value_types.items()}
    bodies |= {name: f"run_{name.removeprefix(FUNCTION)}()" for name in (*shared, "fill_tables")}
    lines = [f'#include "{name}"' for name in ("platform_bcc.h", "probe.h", "programs.h")]
    lines += ["FILL_TABLES"]
    lines += [f"int {name}(__u64 *ctx) {{ return {body}; }}" for name, body in bodies.items()]
    flags = ["-g0"]  # nobody reads what -g adds, and it takes time
    flags += [f"-I{folder}" for folder in FOLDERS]
    flags += [f"-DMAP_{name}={number}" for name, number in maps.items()]
    flags += [f"-DFUNCTION_{name.removeprefix(FUNCTION)}={number}" for name, number in shared.items()]
    return Request("\n".join([*lines, ""]), flags, list(bodies))


def shared_fillers() -> dict[str, int]:
    """For each shared filler of the sources the name of its program, and the number that stands for it in a call."""
    names: list[str] = []
    for header in sorted((HERE.parent / "probe").glob("*.h")):
        names += re.findall(r"^SHARED_FILLER\((\w+),", header.read_text(), re.MULTILINE)
    return {FUNCTION + name: number for number, name in enumerate(names, FIRST_FUNCTION_NUMBER)}


def compiled(request: Request, cache: Path) -> dict[str, bytes]:
    """The instructions of each program, for the running kernel; from the cache, if they have been compiled before.

    Raises DriverError.
    """
    headers = Headers(platform.release())
    kept = place_in_cache(request, cache, headers)
    try:
        return _from_hexadecimal(json.loads(kept.read_text()))
    except (OSError, ValueError, AttributeError):
        pass  # it is not there, or of no use: compile
    print(
        f"tracer: compiling the probe for kernel {headers.release} with bcc; this takes some seconds",
        file=sys.stderr,
        flush=True,
    )
    programs = compile_programs(request, headers)
    with suppress(OSError):  # without a cache it is compiled each time
        keep(programs, kept)
    return _from_hexadecimal(programs)


def place_in_cache(request: Request, cache: Path, headers: Headers) -> Path:
    """Where the outcome is kept, whether or not it has been compiled."""
    digest = hashlib.sha256(json.dumps(asdict(request)).encode() + headers.identity())
    for folder in FOLDERS:
        for header in sorted(folder.glob("*.h")):
            digest.update(header.read_bytes())
    return cache / "bcc" / headers.release / f"{digest.hexdigest()[:16]}.json"


def keep(programs: dict[str, str], place: Path) -> None:
    """Writes an outcome, complete or not at all. Raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(programs))
    unfinished.replace(place)


def compile_programs(
    request: Request, headers: Headers | None = None, python: Sequence[str] | None = None
) -> dict[str, str]:
    """Has bcc compile; the instructions of each program in hexadecimal. Raises DriverError.

    `headers` are the running kernel's unless given, `python` is the command that runs a Python with bcc; None to look
    for one.
    """
    if headers is None:
        headers = Headers(platform.release())
    if python is None:
        found = python_with_bcc()
        python = [found] if found else []
    if not python:
        raise DriverError(f"ebpf: {NO_BCC.reason}; {NO_BCC.remedy}")
    question = asdict(request) | {"flags": [*request.flags, *headers.flags()]}
    ran = subprocess.run(
        [*python, "-I", str(HERE / "bcc_compiler.py")],
        input=json.dumps(question),
        env=os.environ | headers.environment(),
        capture_output=True,
        text=True,
        errors="replace",
    )
    try:
        answer = json.loads(ran.stdout)
    except ValueError:
        answer = {"error": f"the compiler ended with status {ran.returncode}"}
    if answer.get("kind") == "bcc":
        raise DriverError(f"ebpf: bcc cannot be used: {answer['error']}; {NO_BCC.remedy}")
    if "error" in answer:
        said = [line for line in ran.stderr.splitlines() if "error:" in line or "nable to find" in line]
        raise DriverError(
            f"ebpf: bcc cannot compile the probe: {said[0].strip() if said else answer['error']}; "
            f"see that the headers of kernel {headers.release} and bcc are in order"
        )
    programs: dict[str, str] = answer["programs"]
    return programs


def python_with_bcc(system_python: Path = SYSTEM_PYTHON) -> str | None:
    """A Python that has bcc: the one that runs, or the system's; None if neither has."""
    if find_spec("bcc") is not None:
        return sys.executable
    if not system_python.exists():
        return None
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('bcc') is None)"
    return None if subprocess.run([system_python, "-I", "-c", code]).returncode else str(system_python)


def _from_hexadecimal(programs: dict[str, str]) -> dict[str, bytes]:
    return {name: bytes.fromhex(text) for name, text in programs.items()}
