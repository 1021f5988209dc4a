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
EM_BPF = 247
MACHINE_OFFSET = 18
"""Of the two bytes in an ELF header that name the machine."""
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
    if _is_ours(path):
        return
    # Only to say what is wrong: importing these takes longer than all the rest of opening a probe.
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


def _is_ours(path: Path) -> bool:
    """Whether this is beyond doubt a probe of this version: a BPF object that holds its whole identity text."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return (
        data.startswith(b"\x7fELF")
        and data[MACHINE_OFFSET : MACHINE_OFFSET + 2] == EM_BPF.to_bytes(2, "little")
        and f"tracer-probe {PROBE_FORMAT} {FINGERPRINT}\0".encode() in data
    )


def _identity(path: Path, elf: ELFFile) -> bytes:
    if elf["e_machine"] != "EM_BPF":
        raise DriverError(f"ebpf: {path} is an ELF file for {elf.get_machine_arch()}, not BPF")
    section = elf.get_section_by_name(IDENTITY_SECTION)
    if section is None:
        raise DriverError(f"ebpf: {path} is a BPF object, but no probe of tracer")
    data: bytes = section.data()
    return data
