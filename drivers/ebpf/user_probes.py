"""Finds the functions that user probes name in programs and libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection

from tracer.core.driver import DriverError
from tracer.drivers.ebpf.probe import PROBE_TEXT_SIZE, Function

SYNTAX = re.compile(r"(?P<kind>uprobe|uretprobe):(?P<path>/.+):(?P<symbol>[^:+]+)(?:\+(?P<offset>0x[0-9a-fA-F]+|\d+))?")
USAGE = "write uprobe:/PATH:SYMBOL, uprobe:/PATH:SYMBOL+OFFSET or uretprobe:/PATH:SYMBOL"
CHOSEN_AT_RUN_TIME = "STT_LOOS"
"""What pyelftools calls STT_GNU_IFUNC."""
FUNCTION_TYPES = ("STT_FUNC", "STT_NOTYPE", CHOSEN_AT_RUN_TIME)
EXECUTABLE = 1
"""PF_X."""


def find_function(probe: str) -> Function:
    """Where in its file the function of a user probe begins. Raises DriverError."""
    parts = SYNTAX.fullmatch(probe)
    if parts is None:
        raise DriverError(f"{probe!r} is no user probe; {USAGE}")
    if len(probe.encode(errors="surrogateescape")) >= PROBE_TEXT_SIZE:
        raise DriverError(f"the user probe {probe[:40]!r}... is longer than {PROBE_TEXT_SIZE - 1} bytes")
    at_return = parts["kind"] == "uretprobe"
    if at_return and parts["offset"]:
        raise DriverError(f"{probe}: returns are those of a whole function; leave out +{parts['offset']}")
    path = Path(parts["path"])
    try:
        with path.open("rb") as file:
            offsets = _file_offsets(path, ELFFile(file), parts["symbol"], int(parts["offset"] or "0", 0))
    except OSError as error:
        raise DriverError(f"{probe}: cannot read {path}: {error.strerror}") from None
    except (ELFError, UnicodeDecodeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise DriverError(
            f"{probe}: {path} is no program or library, or is damaged ({str(error) or type(error).__name__})"
        ) from None
    return Function(probe, str(path), offsets, at_return)


def _file_offsets(path: Path, elf: ELFFile, name: str, distance: int) -> tuple[int, ...]:
    """Of `distance` bytes after the start of each function of this name."""
    if elf["e_machine"] != "EM_X86_64" or elf["e_type"] not in ("ET_EXEC", "ET_DYN"):
        raise DriverError(f"{path} is no x86-64 program or library; user probes are for those")
    symbols = list(_functions(elf))
    found = [symbol for symbol in symbols if symbol.name == name]
    if not found:
        names = sorted({symbol.name for symbol in symbols})
        near = get_close_matches(name, names, n=3)
        hint = f"; near it are: {', '.join(near)}" if near else "; nm, or nm -D, lists what it has"
        if not names:
            hint = "; it names none at all: install it with its symbols"
        raise DriverError(f"{path} has no function {name}{hint}")
    if any(symbol["st_info"]["type"] == CHOSEN_AT_RUN_TIME for symbol in found):
        raise DriverError(f"{path} chooses at run time which function {name} is; name the one that is meant")
    for symbol in found:
        if distance and distance >= symbol["st_size"] > 0:
            raise DriverError(f"{path}: {name} has {symbol['st_size']} bytes, +{distance:#x} is beyond its end")
    return tuple(sorted({_file_offset(path, elf, symbol["st_value"] + distance, name) for symbol in found}))


def _functions(elf: ELFFile) -> Iterator[Symbol]:
    """All symbols that stand for code."""
    for section in elf.iter_sections():
        if not isinstance(section, SymbolTableSection):
            continue
        for symbol in section.iter_symbols():
            is_defined = isinstance(symbol["st_shndx"], int)
            if symbol.name and is_defined and symbol["st_info"]["type"] in FUNCTION_TYPES:
                yield symbol


def _file_offset(path: Path, elf: ELFFile, address: int, name: str) -> int:
    for segment in elf.iter_segments("PT_LOAD"):
        start = segment["p_vaddr"]
        if segment["p_flags"] & EXECUTABLE and start <= address < start + segment["p_filesz"]:
            return int(segment["p_offset"] + address - start)
    raise DriverError(f"{path}: {name} is no code of it")
