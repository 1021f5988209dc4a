"""What the kmod driver says of a module's file before the kernel sees it."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import pytest

from tests.unit.kmod_files import RELEASE, SIGNATURE, X86_64, elf_object, make_kernel, module_object
from tracer.core.driver import DriverError
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.kmod.object_file import check_module, check_policy, read_module
from tracer.drivers.probe.layout import PROBE_FORMAT

AARCH64 = 183


def written(folder: Path, data: bytes, name: str = "tracer.ko") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_module_of_this_version_for_this_kernel_passes(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, symbols={"vmap": 0x1EBEF5D5, "vfree": 0x999E8297})
    module = read_module(written(tmp_path, module_object(versions={"vmap": 0x1EBEF5D5})))
    check_module(module, kernel)
    check_policy(module, kernel)


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"cannot read the module .*nosuch\.ko: No such file"):
        read_module(tmp_path / "nosuch.ko")


def test_a_text_file_is_no_elf_file(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"tracer\.ko is no ELF file"):
        read_module(written(tmp_path, b"hello"))


def test_an_empty_file_is_no_elf_file(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"tracer\.ko is no ELF file"):
        read_module(written(tmp_path, b""))


def test_a_program_is_no_module() -> None:
    with pytest.raises(DriverError, match="no module"):
        read_module(Path("/bin/true"))


def test_a_module_for_another_processor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="AArch64"):
        read_module(written(tmp_path, module_object(machine=AARCH64)))


def test_an_object_without_the_sections_of_a_module_is_refused(tmp_path: Path) -> None:
    for data in (module_object(this_module=False), elf_object({".text": b"\xc3"}, X86_64)):
        with pytest.raises(DriverError, match="an ELF object, but no kernel module"):
            read_module(written(tmp_path, data))


def test_a_module_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    data = module_object(versions={"vmap": 1})
    for kept in range(4, len(data)):
        with pytest.raises(DriverError, match=r"tracer\.ko is (damaged|cut short|an ELF)"):
            read_module(written(tmp_path, data[:kept]))


def test_another_kernel_module_is_not_tracers(tmp_path: Path) -> None:
    module = read_module(written(tmp_path, module_object(information={"tracer": ""})))
    with pytest.raises(DriverError, match="a kernel module, but not tracer's"):
        check_module(module, make_kernel(tmp_path))


@pytest.mark.parametrize("identity", [f"tracer-probe 1 {FINGERPRINT}", f"tracer-probe {PROBE_FORMAT} 0123456789abcdef"])
def test_a_module_for_another_schema_is_refused_with_both_versions(tmp_path: Path, identity: str) -> None:
    module = read_module(written(tmp_path, module_object(information={"tracer": identity})))
    with pytest.raises(
        DriverError, match=r"another version of tracer .*build it again: tracer drivers build kmod"
    ) as caught:
        check_module(module, make_kernel(tmp_path))
    assert identity.split()[2] in str(caught.value)
    assert FINGERPRINT in str(caught.value)


def test_a_module_for_another_release_is_refused(tmp_path: Path) -> None:
    module = read_module(written(tmp_path, module_object(information={"vermagic": "5.10.0-8-amd64 SMP mod_unload "})))
    with pytest.raises(DriverError, match=rf"is for kernel 5.10.0-8-amd64, not {RELEASE}; .*--kernel {RELEASE}"):
        check_module(module, make_kernel(tmp_path))


def test_a_module_for_the_same_release_of_another_flavour_is_refused(tmp_path: Path) -> None:
    module = read_module(written(tmp_path, module_object(information={"vermagic": f"{RELEASE} SMP preempt_rt "})))
    with pytest.raises(DriverError, match=r"preempt_rt.*needed is .*mod_unload modversions"):
        check_module(module, make_kernel(tmp_path))


def test_a_symbol_of_another_version_is_named(tmp_path: Path) -> None:
    module = read_module(written(tmp_path, module_object(versions={"vfree": 2, "vmap": 0x1EBEF5D5})))
    with pytest.raises(DriverError, match=r"another version of the kernel's vmap .CRC 0x1ebef5d5, .* has 0x7"):
        check_module(module, make_kernel(tmp_path, symbols={"vmap": 7, "vfree": 2}))


def test_a_symbol_that_the_kernel_lacks_is_named(tmp_path: Path) -> None:
    module = read_module(written(tmp_path, module_object(versions={"brand_new": 2})))
    with pytest.raises(DriverError, match=f"needs brand_new, which kernel {RELEASE} has not"):
        check_module(module, make_kernel(tmp_path, symbols={"vmap": 7}))


def test_an_unsigned_module_is_refused_where_signatures_are_enforced(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, sig_enforce="Y")
    with pytest.raises(DriverError, match=r"loads only signed modules .*not signed; sign it"):
        check_policy(read_module(written(tmp_path, module_object())), kernel)
    check_policy(read_module(written(tmp_path, module_object() + SIGNATURE)), kernel)


@pytest.mark.parametrize("mode", ["integrity", "confidentiality"])
def test_an_unsigned_module_is_refused_under_lockdown(tmp_path: Path, mode: str) -> None:
    shown = "none integrity confidentiality".replace(mode, f"[{mode}]")
    kernel = make_kernel(tmp_path, lockdown=shown)
    with pytest.raises(DriverError, match=rf"locked down \({mode}\).* not signed; sign it"):
        check_policy(read_module(written(tmp_path, module_object())), kernel)
    check_policy(read_module(written(tmp_path, module_object() + SIGNATURE)), kernel)


def test_compressed_modules_are_read(tmp_path: Path) -> None:
    data = module_object()
    for path in (
        written(tmp_path, lzma.compress(data), "tracer.ko.xz"),
        written(tmp_path, gzip.compress(data), "tracer.ko.gz"),
    ):
        check_module(read_module(path), make_kernel(tmp_path))


def test_a_damaged_compressed_module_is_refused(tmp_path: Path) -> None:
    for name, data in (("t.ko.xz", lzma.compress(module_object())), ("t.ko.gz", gzip.compress(module_object()))):
        with pytest.raises(DriverError, match="damaged: it cannot be unpacked"):
            read_module(written(tmp_path, data[:-20], name))
        with pytest.raises(DriverError, match="damaged: it cannot be unpacked"):
            read_module(written(tmp_path, b"no such thing", name))
