"""What the ebpf driver says of a file before it gives it to the kernel."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tracer.core.driver import DriverError, Plan
from tracer.core.schema.tables import SYSCALL_IDS
from tracer.drivers.ebpf import object_file, probe
from tracer.drivers.probe import configuration

ELF_HEADER_SIZE = 64


def test_a_text_file_is_no_elf_file(tmp_path: Path) -> None:
    path = tmp_path / "probe.o"
    path.write_text("hello")
    with pytest.raises(DriverError, match=r"probe\.o is no ELF file"):
        object_file.check(path)


def test_a_program_for_this_machine_is_not_bpf() -> None:
    with pytest.raises(DriverError, match="not BPF"):
        object_file.check(Path("/bin/true"))


def test_a_missing_object_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="No such file"):
        object_file.check(tmp_path / "nosuch.o")


def test_kernels_from_6_2_on_get_the_probe_that_reads_by_itself() -> None:
    if not object_file.DIRECT.exists():
        pytest.skip("the probe was not built")
    assert object_file.find("", "6.2.0") == object_file.DIRECT
    assert object_file.find("", "6.1.0-56-amd64") == object_file.INSTALLED
    assert object_file.find("/my/probe.o", "6.2.0") == Path("/my/probe.o")


@pytest.fixture
def built_object() -> Path:
    if not object_file.INSTALLED.exists():
        pytest.skip("the probe was not built")
    return object_file.INSTALLED


def test_the_built_probe_is_accepted(built_object: Path) -> None:
    object_file.check(built_object)


def test_a_probe_of_another_schema_is_refused(built_object: Path, tmp_path: Path) -> None:
    fingerprint = object_file.FINGERPRINT.encode()
    other = tmp_path / "other.o"
    other.write_bytes(built_object.read_bytes().replace(fingerprint, b"0" * len(fingerprint)))
    with pytest.raises(DriverError, match="another version of tracer"):
        object_file.check(other)


def section_bytes(path: Path, name: str) -> tuple[int, int]:
    """Where a section lies in a file: offset and size."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(name)
        return section["sh_offset"], section["sh_size"]


@pytest.mark.parametrize("kept", [0, 3, 20, ELF_HEADER_SIZE, 5000, -1])
def test_a_probe_that_is_cut_short_is_refused(built_object: Path, tmp_path: Path, kept: int) -> None:
    short = tmp_path / "short.o"
    short.write_bytes(built_object.read_bytes()[:kept])
    with pytest.raises(DriverError, match=r"short\.o is (cut short|damaged|no ELF file)"):
        object_file.check(short)


def test_a_probe_whose_types_are_overwritten_is_refused(built_object: Path, tmp_path: Path) -> None:
    offset, size = section_bytes(built_object, ".BTF")
    data = bytearray(built_object.read_bytes())
    data[offset : offset + size] = b"\x5a" * size
    damaged = tmp_path / "damaged.o"
    damaged.write_bytes(data)
    with pytest.raises(DriverError, match=r"damaged: its section \.BTF makes no sense"):
        object_file.check(damaged)


def test_a_probe_under_another_licence_is_refused(built_object: Path, tmp_path: Path) -> None:
    offset, _ = section_bytes(built_object, "license")
    data = bytearray(built_object.read_bytes())
    data[offset : offset + 3] = b"BSD"
    other = tmp_path / "other.o"
    other.write_bytes(data)
    with pytest.raises(DriverError, match="under the licence 'BSD'"):
        object_file.check(other)


@pytest.mark.parametrize("name", ["drops_by_origin", "follow_exec"])
def test_a_probe_without_one_of_its_parts_is_refused(built_object: Path, tmp_path: Path, name: str) -> None:
    other = tmp_path / "other.o"
    word = f"\0{name}\0".encode()
    data = built_object.read_bytes()
    assert word in data
    other.write_bytes(data.replace(word, f"\0{name[:-1]}x\0".encode()))
    with pytest.raises(DriverError, match=f"lacks {name}"):
        object_file.check(other)


def test_a_probe_for_a_big_endian_machine_is_refused(tmp_path: Path) -> None:
    header = struct.pack(">4sBBBBB7x", b"\x7fELF", 2, 2, 1, 0, 0)  # 64 bits, big-endian
    header += struct.pack(">HHIQQQIHHHHHH", 1, 247, 1, 0, 0, 0, 0, ELF_HEADER_SIZE, 0, 0, 0, 0, 0)
    path = tmp_path / "big.o"
    path.write_bytes(header)
    with pytest.raises(DriverError, match="big-endian machine"):
        object_file.check(path)


def test_a_bpf_object_of_another_program_is_no_probe(tmp_path: Path) -> None:
    if not shutil.which("clang"):
        pytest.skip("clang is not installed")
    source, other = tmp_path / "other.c", tmp_path / "other.o"
    source.write_text("int answer(void *context) { return 42; }")
    subprocess.run(["clang", "-target", "bpf", "-O2", "-c", source, "-o", other], check=True)
    with pytest.raises(DriverError, match="no probe of tracer"):
        object_file.check(other)


CALL, CALL_OF_THE_KERNEL, INSTRUCTION_SIZE = 0x85, 0, 8


@pytest.mark.parametrize("name", ["sys_enter", "sys_exit"])
def test_a_program_that_calls_programs_calls_no_function(built_object: Path, name: str) -> None:
    # Kernels before 5.10 refuse a program that does both.
    with built_object.open("rb") as file:
        elf = ELFFile(file)
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name(name)
        data = elf.get_section(symbol["st_shndx"]).data()
    code = data[symbol["st_value"] : symbol["st_value"] + symbol["st_size"]]
    calls = {code[at + 1] >> 4 for at in range(0, len(code), INSTRUCTION_SIZE) if code[at] == CALL}
    assert calls == {CALL_OF_THE_KERNEL}


def test_a_plan_for_one_call_also_records_what_changes_state() -> None:
    ids = configuration.wanted_syscall_ids({"getppid"})
    assert SYSCALL_IDS["getppid"] in ids
    assert {SYSCALL_IDS[name] for name in ("openat", "close", "execve", "clone3", "dup2", "chdir")} <= ids
    assert SYSCALL_IDS["getpid"] not in ids


def test_enter_programs_are_loaded_only_where_enter_events_are_wanted() -> None:
    assert "sys_enter" not in probe.wanted_programs(Plan())
    assert "sys_enter" in probe.wanted_programs(Plan(enter_events=True))


def test_switches_and_page_faults_are_recorded_only_on_demand() -> None:
    assert probe.wanted_programs(Plan()).isdisjoint({"sched_switch", "page_fault_user", "page_fault_kernel"})
    assert "sched_switch" in probe.wanted_programs(Plan(tracepoints=frozenset({"sched_switch"})))


@pytest.mark.parametrize(("wanted", "size"), [(1, 4096), (4097, 8192), (8 << 20, 8 << 20), ((8 << 20) + 1, 16 << 20)])
def test_ring_sizes_are_powers_of_two_of_at_least_a_page(wanted: int, size: int) -> None:
    assert configuration.ring_size(wanted) == size
