"""What the ebpf driver says of a machine: whether a probe can be loaded, and if not, what is missing and mends it."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path

import pytest

from tracer.core.driver import BuildOptions, DriverError, Plan, Readiness
from tracer.drivers.ebpf import object_file
from tracer.drivers.ebpf.bcc_compilation import python_with_bcc
from tracer.drivers.ebpf.driver import EbpfDriver, explain
from tracer.drivers.ebpf.libbpf import LibbpfError, LibbpfMissing, library
from tracer.drivers.ebpf.requirements import Machine

RELEASE = "6.1.0-56-amd64"
ALL_CAPABILITIES = 0x1FFFFFFFFFF
CAP_BPF_AND_PERFMON = 1 << 39 | 1 << 38


@pytest.fixture(autouse=True)
def _libbpf() -> None:
    try:
        library()
    except LibbpfMissing as error:
        pytest.skip(str(error))


def make_machine(folder: Path, capabilities: int = ALL_CAPABILITIES, **facts: str | Path) -> Machine:
    """A machine with a kernel 6.1 that has no BTF and no headers, unless told otherwise."""
    status = folder / "status"
    status.write_text(f"Name:\tpython3\nCapEff:\t{capabilities:016x}\nSeccomp:\t0\n")
    machine = Machine(
        system="Linux",
        architecture="x86_64",
        release=RELEASE,
        types=folder / "vmlinux",
        status=status,
        lockdown=folder / "lockdown",
        modules=folder / "modules",
        headers_in_sysfs=folder / "kheaders.tar.xz",
    )
    return dataclasses.replace(machine, **facts)  # type: ignore[arg-type]


def add_types(folder: Path) -> None:
    (folder / "vmlinux").write_bytes(b"")


def add_headers(folder: Path) -> None:
    linux = folder / "modules" / RELEASE / "build" / "include" / "linux"
    linux.mkdir(parents=True)
    (linux / "kconfig.h").write_text("")


def look(machine: Machine, argument: str = "") -> Readiness:
    """What the driver says; and that `open` says the same in one line."""
    driver = EbpfDriver(machine)
    readiness = driver.readiness(argument)
    assert not readiness.usable
    with pytest.raises(DriverError) as refusal:
        driver.open(argument, Plan())
    assert str(refusal.value) == f"ebpf: {readiness.reason}; {readiness.remedy}"
    assert "\n" not in str(refusal.value)
    return readiness


def test_another_system_has_no_ebpf(tmp_path: Path) -> None:
    assert "needs Linux, this is Darwin" in look(make_machine(tmp_path, system="Darwin")).reason


def test_another_architecture_has_no_probe(tmp_path: Path) -> None:
    assert "this is aarch64" in look(make_machine(tmp_path, architecture="aarch64")).reason


@pytest.mark.parametrize("argument", ["", "bcc"])
@pytest.mark.parametrize("release", ["4.19.0-27-amd64", "5.7.19"])
def test_a_kernel_before_5_8_is_too_old(tmp_path: Path, release: str, argument: str) -> None:
    readiness = look(make_machine(tmp_path, release=release), argument)
    assert readiness.reason == f"kernel {release} has no BPF ring buffer"
    assert readiness.remedy == "use a kernel from 5.8, or the kmod driver"


def test_without_rights_it_asks_for_them(tmp_path: Path) -> None:
    readiness = look(make_machine(tmp_path, capabilities=0))
    assert readiness.reason == "loading a BPF program needs root, or CAP_BPF and CAP_PERFMON"
    assert readiness.remedy == "run as root"


def test_a_kernel_that_keeps_its_memory_secret_is_told(tmp_path: Path) -> None:
    add_types(tmp_path)
    (tmp_path / "lockdown").write_text("none integrity [confidentiality]\n")
    readiness = look(make_machine(tmp_path))
    assert "locked down (confidentiality)" in readiness.reason
    assert "lockdown=integrity" in readiness.remedy


@pytest.mark.skipif(not object_file.INSTALLED.exists(), reason="the probe was not built")
def test_a_kernel_that_only_guards_its_integrity_runs_probes(tmp_path: Path) -> None:
    add_types(tmp_path)
    (tmp_path / "lockdown").write_text("none [integrity] confidentiality\n")
    assert EbpfDriver(make_machine(tmp_path)).readiness("").usable


def test_a_refusal_of_the_kernel_is_one_line_with_its_last_words() -> None:
    log = "libbpf: prog 'sys_exit': BPF program load failed: Invalid argument\nlibbpf: failed to load object\n"
    text = explain(LibbpfError("load the probe", errno.EINVAL, log), RELEASE)
    assert text == (
        "ebpf: cannot load the probe: Invalid argument (prog 'sys_exit': BPF program load failed: Invalid argument); "
        "`tracer drivers` shows what this machine has"
    )


def test_too_little_locked_memory_is_what_older_kernels_refuse_maps_for() -> None:
    error = LibbpfError("create a ring buffer of 8388608 bytes", errno.EPERM, "")
    assert "ulimit -l unlimited" in explain(error, "5.10.0-46-amd64")
    assert "ulimit" not in explain(error, "5.11.0")


def test_the_two_capabilities_suffice(tmp_path: Path) -> None:
    add_types(tmp_path)
    if not object_file.INSTALLED.exists():
        pytest.skip("the probe was not built")
    assert EbpfDriver(make_machine(tmp_path, capabilities=CAP_BPF_AND_PERFMON)).readiness("").usable


def test_without_btf_and_headers_the_default_names_the_package(tmp_path: Path) -> None:
    readiness = look(make_machine(tmp_path))
    assert readiness.reason.startswith(f"the kernel has no BTF, and there are no headers of kernel {RELEASE}")
    assert f"apt-get install linux-headers-{RELEASE}" in readiness.remedy


def test_without_btf_a_probe_object_cannot_be_loaded(tmp_path: Path) -> None:
    readiness = look(make_machine(tmp_path), "/some/probe.o")
    assert readiness.reason.startswith("the kernel has no BTF")
    assert "--driver ebpf:bcc" in readiness.remedy


def test_bcc_needs_headers(tmp_path: Path) -> None:
    add_types(tmp_path)
    readiness = look(make_machine(tmp_path), "bcc")
    assert readiness.reason.startswith(f"there are no headers of kernel {RELEASE}")


@pytest.mark.skipif(python_with_bcc() is None, reason="bcc is not installed")
@pytest.mark.parametrize("argument", ["", "bcc"])
def test_with_headers_and_bcc_no_btf_is_needed(tmp_path: Path, argument: str) -> None:
    add_headers(tmp_path)
    readiness = EbpfDriver(make_machine(tmp_path)).readiness(argument)
    assert (readiness.usable, readiness.reason) == (
        True,
        f"kernel {RELEASE}, headers to compile the probe with, and bcc",
    )


@pytest.mark.skipif(python_with_bcc() is None, reason="bcc is not installed")
def test_headers_that_the_kernel_brings_along_suffice(tmp_path: Path) -> None:
    (tmp_path / "kheaders.tar.xz").write_bytes(b"")
    assert EbpfDriver(make_machine(tmp_path)).readiness("bcc").usable


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (BuildOptions(install=True), "--install and --dkms do not go with it"),
        (BuildOptions(dkms=True), "--install and --dkms do not go with it"),
        (BuildOptions(kernel=RELEASE, output=Path("probe.o")), "-o does not go with --kernel"),
        (BuildOptions(kernel="5.10.1"), r"no headers of kernel 5\.10\.1 .*apt-get install linux-headers-5\.10\.1"),
    ],
)
def test_what_cannot_be_built_is_told(tmp_path: Path, options: BuildOptions, reason: str) -> None:
    with pytest.raises(DriverError, match=reason):
        EbpfDriver(make_machine(tmp_path)).build(options)


def test_the_default_machine_is_this_one() -> None:
    assert Machine().release == os.uname().release
