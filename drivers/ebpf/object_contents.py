"""What is inside a probe object, read with pyelftools before libbpf and the kernel get to see it."""

from __future__ import annotations

import struct
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section, SymbolTableSection

from tracer.core.driver import DriverError, Plan
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.ebpf.probe import TRACEPOINTS, wanted_programs
from tracer.drivers.probe.layout import PROBE_FORMAT

IDENTITY_SECTION = ".tracer_probe"
LICENCE = "GPL"
"""Helpers that read the kernel's memory are there for such programs only."""
MAPS = frozenset({"rings", "counters", "drops_by_origin", "followed", "writers", "enter_families", "exit_families"})
MAPS |= {"user_probes", "stacks"}
LARGEST_PLAN = Plan(
    enter_events=True,
    tracepoints=frozenset({"sched_process_exit", *TRACEPOINTS}),
    pids=frozenset({1}),
    probes=("uprobe:/:f",),
    stacks=frozenset({"user"}),
)
PROGRAMS = wanted_programs(LARGEST_PLAN)
BTF_MAGIC = 0xEB9F
BTF_HEADER = struct.Struct("<HBBIIIII")
"""Magic, version, flags, length of the header; offset and length of the types, and of the strings."""
REBUILD = "build it again: tracer drivers build ebpf -o FILE"


def check_contents(path: Path) -> None:
    """Raises DriverError if the file is no whole probe object that this version of tracer can use."""
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            _check_kind(path, elf)
            _check_sections_lie_within(path, elf, path.stat().st_size)
            _check_identity(path, elf)
            _check_licence(path, elf)
            _check_parts(path, elf)
            for name in (".BTF", ".BTF.ext"):
                _check_types(path, name, elf.get_section_by_name(name))
    except OSError as error:
        raise DriverError(f"ebpf: cannot read the probe object {path}: {error.strerror}") from None
    except (ELFError, UnicodeDecodeError, ValueError, struct.error, KeyError, IndexError) as error:
        with path.open("rb") as file:
            is_elf = file.read(4) == b"\x7fELF"
        if not is_elf:
            raise DriverError(f"ebpf: {path} is no ELF file, so it is no probe object") from None
        raise DriverError(f"ebpf: {path} is damaged ({str(error) or type(error).__name__}); {REBUILD}") from None


def _check_kind(path: Path, elf: ELFFile) -> None:
    if elf["e_machine"] != "EM_BPF":
        raise DriverError(f"ebpf: {path} is an ELF file for {elf.get_machine_arch()}, not BPF")
    if elf.elfclass != 64 or elf["e_type"] != "ET_REL":
        raise DriverError(f"ebpf: {path} is no relocatable 64-bit object, as a probe is; {REBUILD}")
    if not elf.little_endian:
        raise DriverError(f"ebpf: {path} was built for a big-endian machine, this one is little-endian; {REBUILD}")


def _check_sections_lie_within(path: Path, elf: ELFFile, size: int) -> None:
    end_of_table = elf["e_shoff"] + elf["e_shnum"] * elf["e_shentsize"]
    if elf["e_shnum"] == 0 or end_of_table > size:
        raise DriverError(f"ebpf: {path} is cut short: it has {size} bytes of at least {end_of_table}; {REBUILD}")
    for section in elf.iter_sections():
        if section["sh_type"] not in ("SHT_NOBITS", "SHT_NULL") and section["sh_offset"] + section["sh_size"] > size:
            raise DriverError(f"ebpf: {path} is damaged: its section {section.name} goes beyond its end; {REBUILD}")


def _check_identity(path: Path, elf: ELFFile) -> None:
    section = elf.get_section_by_name(IDENTITY_SECTION)
    if section is None:
        raise DriverError(f"ebpf: {path} is a BPF object, but no probe of tracer")
    words = section.data().rstrip(b"\0").decode(errors="replace").split()
    if len(words) != 3 or words[0] != "tracer-probe":
        raise DriverError(f"ebpf: {path} does not say which probe it is; {REBUILD}")
    if words[1:] != [PROBE_FORMAT, FINGERPRINT]:
        raise DriverError(
            f"ebpf: {path} was built for another version of tracer (format {words[1]}, schema {words[2]}; needed are "
            f"{PROBE_FORMAT} and {FINGERPRINT}); {REBUILD}"
        )


def _check_licence(path: Path, elf: ELFFile) -> None:
    section = elf.get_section_by_name("license")
    text = section.data().rstrip(b"\0").decode(errors="replace") if section else ""
    if text != LICENCE:
        raise DriverError(
            f"ebpf: {path} is under the licence {text!r}; the kernel runs a probe only under {LICENCE}; {REBUILD}"
        )


def _check_parts(path: Path, elf: ELFFile) -> None:
    """All maps and programs that the loader looks for are there, and are what they should be."""
    symbols = elf.get_section_by_name(".symtab")
    maps = elf.get_section_by_name(".maps")
    if not isinstance(symbols, SymbolTableSection) or maps is None:
        raise DriverError(f"ebpf: {path} has no table of symbols or no maps; {REBUILD}")
    found: dict[str, Section] = {}
    for symbol in symbols.iter_symbols():
        index = symbol["st_shndx"]
        if symbol["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT") and isinstance(index, int):
            found[symbol.name] = elf.get_section(index)
    lacking = [name for name in sorted(MAPS) if name not in found or found[name].name != ".maps"]
    programs = {name for name, section in found.items() if section.name.startswith(("tp_btf/", "uprobe"))}
    lacking += sorted(PROGRAMS - programs)
    if lacking:
        raise DriverError(f"ebpf: {path} lacks {', '.join(lacking)}; {REBUILD}")


def _check_types(path: Path, name: str, section: Section | None) -> None:
    """A section of BTF, by which the loader adapts the object to the kernel, is there and whole."""
    if section is None:
        raise DriverError(f"ebpf: {path} has no section {name}, which the loader adapts it by; {REBUILD}")
    data = section.data()
    magic, version, _, header_size, first_at, first_size, second_at, second_size = BTF_HEADER.unpack_from(data)
    end = header_size + max(first_at + first_size, second_at + second_size)
    if magic != BTF_MAGIC or version != 1 or end > len(data):
        raise DriverError(f"ebpf: {path} is damaged: its section {name} makes no sense; {REBUILD}")
