"""What the ebpf driver says of a file before it gives it to the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracer.core.driver import DriverError, Plan
from tracer.core.schema.tables import SYSCALL_IDS
from tracer.drivers.ebpf import object_file, probe


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


def test_a_plan_for_one_call_also_records_what_changes_state() -> None:
    ids = probe.wanted_syscall_ids({"getppid"})
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
    assert probe.ring_size(wanted) == size
