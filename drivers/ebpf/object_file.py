"""Which probe object is loaded, and a look at it before the kernel sees it."""

from __future__ import annotations

from pathlib import Path

from tracer.core import _engine
from tracer.core.driver import DriverError
from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.ebpf.requirements import is_older
from tracer.drivers.probe.layout import PROBE_FORMAT

EM_BPF = 247
MACHINE_OFFSET = 18
"""Of the two bytes in an ELF header that name the machine."""
_BUILT = Path(_engine.__file__).parents[1] / "drivers"
"""Where the package's build has put what it made."""
INSTALLED = _BUILT / "ebpf" / "probe.bpf.o"
"""The probe that was built together with the engine, for any kernel with BTF."""
DIRECT = INSTALLED.with_name("probe_direct.bpf.o")
"""The same for kernels that let a program read their structures by itself, where it costs half as much."""
FIRST_WITH_DIRECT_READS = (6, 2)
GENERATED = _BUILT / "probe"
"""Has schema.h and fillers.h, of which a probe is compiled too."""


def find(argument: str, release: str) -> Path:
    """The object to load into this kernel: the one given, else one that was built with this package.

    Raises DriverError.
    """
    if argument:
        return Path(argument)
    if DIRECT.exists() and not is_older(release, FIRST_WITH_DIRECT_READS):
        return DIRECT
    if INSTALLED.exists():
        return INSTALLED
    raise DriverError(
        "ebpf: this installation has no probe object; install clang and libbpf-dev, then run: tracer drivers build ebpf"
    )


def check(path: Path) -> None:
    """Raises DriverError if the file is no probe that this version can use.

    A file of the user's is looked through. Of the one that came with the engine it is enough that it is of the same
    version: importing what reads ELF files takes longer than all the rest of opening a probe.
    """
    if path in (INSTALLED, DIRECT) and _is_ours(path):
        return
    from tracer.drivers.ebpf.object_contents import check_contents

    check_contents(path)


def _is_ours(path: Path) -> bool:
    """Whether this is a BPF object that holds the identity text of this version's probe."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return (
        data.startswith(b"\x7fELF")
        and data[MACHINE_OFFSET : MACHINE_OFFSET + 2] == EM_BPF.to_bytes(2, "little")
        and f"tracer-probe {PROBE_FORMAT} {FINGERPRINT}\0".encode() in data
    )
