"""Looks at a probe object before the kernel sees it: is it BPF, is it ours, does it speak this version's schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracer.core import _engine
from tracer.core.driver import DriverError
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.probe.layout import PROBE_FORMAT

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

IDENTITY_SECTION = ".tracer_probe"
INSTALLED = Path(_engine.__file__).parents[1] / "drivers" / "ebpf" / "probe.bpf.o"
"""The probe that was built together with the engine."""


def find(argument: str) -> Path:
    """The object to load: the one given, else the one that was built with this package. Raises DriverError."""
    if argument:
        return Path(argument)
    if INSTALLED.exists():
        return INSTALLED
    raise DriverError(
        "ebpf: this installation has no probe object; install clang and libbpf-dev, then install tracer again"
    )


def check(path: Path) -> None:
    """Raises DriverError if the file is no probe that this version can use."""
    # Takes longer to import than to use, and the driver is loaded for every command.
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            identity = _identity(path, ELFFile(file))
    except OSError as error:
        raise DriverError(f"ebpf: cannot read the probe object {path}: {error.strerror}") from None
    except ELFError:
        raise DriverError(f"ebpf: {path} is no ELF file, so it is no probe object") from None
    words = identity.rstrip(b"\0").decode(errors="replace").split()
    if len(words) != 3 or words[0] != "tracer-probe":
        raise DriverError(f"ebpf: {path} does not say which probe it is; build it from drivers/ of this version")
    if words[1:] != [PROBE_FORMAT, FINGERPRINT]:
        raise DriverError(
            f"ebpf: {path} was built for another version of tracer (format {words[1]}, schema {words[2]}; needed are "
            f"{PROBE_FORMAT} and {FINGERPRINT}); build it again"
        )


def _identity(path: Path, elf: ELFFile) -> bytes:
    if elf["e_machine"] != "EM_BPF":
        raise DriverError(f"ebpf: {path} is an ELF file for {elf.get_machine_arch()}, not BPF")
    section = elf.get_section_by_name(IDENTITY_SECTION)
    if section is None:
        raise DriverError(f"ebpf: {path} is a BPF object, but no probe of tracer")
    data: bytes = section.data()
    return data
