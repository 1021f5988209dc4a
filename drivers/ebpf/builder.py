"""Compiles the CO-RE probe object from the installed sources. The package's own build runs this file by itself, so it
imports nothing of the package."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
"""This folder; the sources that all kernel drivers share are in its neighbour `probe`."""
VERSIONS = ("", "-22", "-21", "-20", "-19", "-18", "-17", "-16", "-15", "-14")
"""Suffixes under which LLVM's programs are looked for."""
INCLUDE_DIRECTORIES = (Path("/usr/include"), Path("/usr/local/include"))
NEEDED_HEADER = "bpf/bpf_core_read.h"
PROBE = "probe.bpf.c"
"""The probe's own source."""
DIRECT_PROBE = "probe_direct.bpf.c"
"""That of the probe for kernels which let it read their structures by itself."""
WARNINGS = (
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-function",
    "-Wno-unused-parameter",
    "-Wno-missing-field-initializers",
)


class BuildError(Exception):
    """No object came out of it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


def build_object(
    output: Path,
    generated: Path,
    *,
    source: str = PROBE,
    search_path: str | None = None,
    include_directories: Sequence[Path] = INCLUDE_DIRECTORIES,
) -> None:
    """Writes the object to `output`, complete or not at all. Raises BuildError.

    `generated` is the folder of schema.h and fillers.h, `source` a file of this one; programs are looked for in
    `search_path` (None for PATH).
    """
    clang, headers = find_tools(search_path, include_directories)
    for path in (SOURCES / source, generated / "schema.h", generated / "fillers.h"):
        if not path.exists():
            raise BuildError(f"this installation lacks {path}", "install tracer again")
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        unfinished.touch()
        _run([*compiler_command(clang, generated, headers, source), "-o", str(unfinished)])
        strip = _find_program("llvm-strip", search_path)
        if strip is not None:
            _run([strip, "-g", str(unfinished)])  # DWARF goes, BTF stays
        unfinished.replace(output)
    except OSError as error:
        raise BuildError(f"cannot write {output}: {error.strerror}", "name another file with -o") from None
    finally:
        unfinished.unlink(missing_ok=True)


def find_tools(search_path: str | None, include_directories: Sequence[Path]) -> tuple[str, Path]:
    """The compiler, and the folder of libbpf's headers. Raises BuildError."""
    clang = _find_program("clang", search_path)
    if clang is None:
        raise BuildError("clang is not installed", "install it (Debian: apt-get install clang llvm)")
    headers = next((path for path in include_directories if (path / NEEDED_HEADER).exists()), None)
    if headers is None:
        raise BuildError(
            f"libbpf's headers are not installed ({NEEDED_HEADER})", "install them (Debian: apt-get install libbpf-dev)"
        )
    return clang, headers


def compiler_command(clang: str, generated: Path, headers: Path, source: str = PROBE) -> list[str]:
    """The call of clang, but for where the object goes."""
    includes = ["-I", str(generated), "-I", str(SOURCES.parent / "probe")]
    multiarch = sysconfig.get_config_var("MULTIARCH")
    if multiarch:
        includes += ["-idirafter", f"/usr/include/{multiarch}"]
    includes += ["-I", str(headers)]
    options = ["-target", "bpf", "-mcpu=v2", "-O2", "-g", *WARNINGS]
    return [clang, *options, *includes, "-c", str(SOURCES / source)]


def _find_program(name: str, search_path: str | None) -> str | None:
    return next(filter(None, (shutil.which(name + version, path=search_path) for version in VERSIONS)), None)


def _run(command: list[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if ran.returncode == 0:
        return
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
    said = next((line for line in lines if "error:" in line), lines[-1] if lines else f"status {ran.returncode}")
    raise BuildError(f"{Path(command[0]).name} failed: {said}", "a newer clang may be needed (14 is known to work)")


def main() -> int:
    """Called by the package's build: builder.py GENERATED OUTPUT [SOURCE], or --check: can it be done here?"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("generated", type=Path, nargs="?")
    parser.add_argument("output", type=Path, nargs="?")
    parser.add_argument("source", nargs="?", default=PROBE)
    arguments = parser.parse_args()
    try:
        if arguments.check:
            find_tools(None, INCLUDE_DIRECTORIES)
        else:
            build_object(arguments.output, arguments.generated, source=arguments.source)
    except BuildError as error:
        print(f"the eBPF probe: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
