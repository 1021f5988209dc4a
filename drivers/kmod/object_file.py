"""Reads a module before the kernel sees it: is it a module, is it ours, is it for this kernel, may it be loaded."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from tracer.core.driver import DriverError
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.kmod.kernel import Kernel
from tracer.drivers.probe.layout import PROBE_FORMAT

SIGNATURE_MARK = b"~Module signature appended~\n"
SYMBOL_VERSION = struct.Struct("<Q56s")
"""A row of the section __versions: version of the symbol, its name."""
REBUILD = "build it again: tracer drivers build kmod"
NEEDS_SIGNATURE = "sign it with a key that the kernel knows (its scripts/sign-file), or use the ebpf driver"


@dataclass(frozen=True)
class ModuleFile:
    """What a file says of itself."""

    path: Path
    information: dict[str, str]
    """What `modinfo` shows."""
    symbol_versions: dict[str, int]
    """The kernel's symbols that it uses, with the version it was built for; empty where the kernel keeps none."""
    is_signed: bool


def read_module(path: Path) -> ModuleFile:
    """Raises DriverError if the file is no whole kernel module for this processor."""
    try:
        data = _unpacked(path)
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise DriverError(f"kmod: {path} is damaged: it cannot be unpacked ({error}); {REBUILD}") from None
    except OSError as error:
        raise DriverError(f"kmod: cannot read the module {path}: {error.strerror or error}") from None
    if data[:4] != b"\x7fELF":
        raise DriverError(f"kmod: {path} is no ELF file, so it is no kernel module")
    try:
        elf = ELFFile(io.BytesIO(data))
        _check_kind(path, elf, len(data))
        return ModuleFile(path, _information(elf), _symbol_versions(elf), data.endswith(SIGNATURE_MARK))
    except (ELFError, UnicodeDecodeError, ValueError, struct.error, KeyError, IndexError, AttributeError) as error:
        raise DriverError(f"kmod: {path} is damaged ({str(error) or type(error).__name__}); {REBUILD}") from None


def check_module(module: ModuleFile, kernel: Kernel) -> None:
    """Raises DriverError if it is not this version's module, or not for this kernel."""
    identity = module.information.get("tracer", "").split()
    if len(identity) != 3:
        raise DriverError(f"kmod: {module.path} is a kernel module, but not tracer's")
    if identity[1:] != [PROBE_FORMAT, FINGERPRINT]:
        raise DriverError(
            f"kmod: {module.path} was built for another version of tracer (format {identity[1]}, schema {identity[2]}; "
            f"needed are {PROBE_FORMAT} and {FINGERPRINT}); {REBUILD}"
        )
    _check_kernel(module, kernel)


def check_policy(module: ModuleFile, kernel: Kernel) -> None:
    """Raises DriverError if the running kernel would refuse the module for want of a signature."""
    if module.is_signed:
        return
    if kernel.lockdown:
        raise DriverError(
            f"kmod: the kernel is locked down ({kernel.lockdown}), as it is under Secure Boot, and loads only signed "
            f"modules; {module.path} is not signed; {NEEDS_SIGNATURE}"
        )
    if kernel.demands_signatures:
        raise DriverError(
            f"kmod: the kernel loads only signed modules (module.sig_enforce); {module.path} is not signed; "
            f"{NEEDS_SIGNATURE}"
        )


def _check_kernel(module: ModuleFile, kernel: Kernel) -> None:
    rebuild = f"build it for this one: tracer drivers build kmod --kernel {kernel.release}"
    built_for = module.information.get("vermagic", "")
    release = built_for.partition(" ")[0]
    if release != kernel.release:
        raise DriverError(f"kmod: {module.path} is for kernel {release or 'unknown'}, not {kernel.release}; {rebuild}")
    needed = _version_magic(kernel)
    if needed and built_for.split() != needed.split():
        raise DriverError(
            f"kmod: {module.path} is for a kernel {release} of another build (it says {built_for.strip()!r}, needed is "
            f"{needed.strip()!r}); {rebuild}"
        )
    known = kernel.symbol_versions
    if known is None:
        return
    for name, version in module.symbol_versions.items():
        if name not in known:
            raise DriverError(f"kmod: {module.path} needs {name}, which kernel {release} has not; {rebuild}")
        if known[name] != version:
            raise DriverError(
                f"kmod: {module.path} was built against another version of the kernel's {name} (CRC {version:#x}, "
                f"kernel {release} has {known[name]:#x}); {rebuild}"
            )


def _version_magic(kernel: Kernel) -> str:
    """What the kernel's own modules say that they are for; "" if there are none to ask."""
    for pattern in ("kernel/**/*.ko", "kernel/**/*.ko.xz", "kernel/**/*.ko.gz"):
        for path in kernel.modules.glob(pattern):
            return read_module(path).information.get("vermagic", "")
    return ""


def _unpacked(path: Path) -> bytes:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes())
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    return path.read_bytes()


def _check_kind(path: Path, elf: ELFFile, size: int) -> None:
    if elf["e_machine"] != "EM_X86_64" or elf["e_type"] != "ET_REL":
        raise DriverError(
            f"kmod: {path} is an ELF file for {elf.get_machine_arch()} ({elf['e_type']}), no module for x64"
        )
    table_end = elf["e_shoff"] + elf["e_shnum"] * elf["e_shentsize"]
    for section in elf.iter_sections():
        if section["sh_type"] not in ("SHT_NOBITS", "SHT_NULL"):
            table_end = max(table_end, section["sh_offset"] + section["sh_size"])
    if table_end > size:
        raise DriverError(f"kmod: {path} is cut short: it has {size} bytes of at least {table_end}; {REBUILD}")
    if elf.get_section_by_name(".gnu.linkonce.this_module") is None or elf.get_section_by_name(".modinfo") is None:
        raise DriverError(f"kmod: {path} is an ELF object, but no kernel module")


def _information(elf: ELFFile) -> dict[str, str]:
    section = elf.get_section_by_name(".modinfo")
    texts = section.data().split(b"\0") if section else []
    pairs = (text.decode().partition("=") for text in texts if text)
    return {key: value for key, _, value in pairs}


def _symbol_versions(elf: ELFFile) -> dict[str, int]:
    section = elf.get_section_by_name("__versions")
    rows = SYMBOL_VERSION.iter_unpack(section.data()) if section else ()
    return {name.split(b"\0")[0].decode(): version for version, name in rows}
