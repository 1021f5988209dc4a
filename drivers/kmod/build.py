"""Compiles the module for a kernel, with that kernel's own build system, and keeps it in a cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tracer.core import _engine
from tracer.core.driver import DriverError
from tracer.drivers import probe
from tracer.drivers.kmod.kernel import Kernel
from tracer.drivers.probe.cache import cache_directory

MODULE = "tracer.ko"
SOURCES = Path(__file__).resolve().parent
PROBE_SOURCES = Path(probe.__file__).resolve().parent
GENERATED = Path(_engine.__file__).resolve().parents[1] / "drivers" / "probe"
"""Where the package's build has put the headers that it made from the schema."""
WITHOUT_BTF = ("CONFIG_DEBUG_INFO_BTF_MODULES=",)
"""Types of the module for debuggers: making them takes a program, pahole, that headers come without."""
TOOLS_REMEDY = "install them (Debian and Ubuntu: apt-get install build-essential)"


def source_files() -> dict[str, Path]:
    """What the module is compiled of: where each file stands in the folder of the build, and where it comes from."""
    files = {path.name: path for pattern in ("*.c", "*.h", "Makefile") for path in sorted(SOURCES.glob(pattern))}
    files |= {f"probe/{path.name}": path for path in sorted(PROBE_SOURCES.glob("*.h"))}
    for name in ("schema.h", "fillers.h"):
        files[f"probe/{name}"] = GENERATED / name
    lacking = [path for path in files.values() if not path.exists()]
    if lacking or "main.c" not in files:
        raise DriverError(
            f"kmod: this installation lacks {lacking[0] if lacking else SOURCES / 'main.c'}; install it again"
        )
    return files


def source_hash() -> str:
    """Changes with anything that the module is compiled of."""
    digest = hashlib.sha256()
    for name, path in sorted(source_files().items()):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def cached_module(kernel: Kernel) -> Path:
    """Where a module of these sources for this kernel is kept, whether or not it has been built."""
    return cache_directory() / "kmod" / kernel.release / source_hash() / MODULE


def copy_sources(folder: Path) -> None:
    """Writes all that the module is compiled of."""
    for name, path in source_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)


def build_module(kernel: Kernel, output: Path | None = None) -> Path:
    """Compiles the module, unless it is in the cache; where it stands. Raises DriverError."""
    target = cached_module(kernel)
    try:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _compile(kernel, target)
        if output is None:
            return target
        if output.suffix != ".ko":
            output.mkdir(parents=True, exist_ok=True)
            output /= MODULE
        shutil.copyfile(target, output)
    except OSError as error:
        raise DriverError(f"kmod: cannot write {error.filename}: {error.strerror}") from error
    return output


def _compile(kernel: Kernel, target: Path) -> None:
    if kernel.headers is None:
        raise DriverError(f"kmod: the headers of kernel {kernel.release} are not installed; {kernel.headers_remedy}")
    make = shutil.which("make")
    if make is None:
        raise DriverError(f"kmod: make is not installed, nor perhaps a compiler; {TOOLS_REMEDY}")
    # In the same folder, so that the finished module can be moved there in one step.
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        folder = Path(name)
        copy_sources(folder)
        log = folder / "make.log"
        with log.open("wb") as file:
            command = [make, "-C", str(kernel.headers), f"M={folder}", *WITHOUT_BTF, "modules"]
            status = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C"},
            ).returncode
        if status != 0 or not (folder / MODULE).exists():
            kept = target.with_name("make.log")
            log.replace(kept)
            raise DriverError(
                f"kmod: the module does not compile for kernel {kernel.release}: {_reason(kept)} (see {kept})"
            )
        (folder / MODULE).replace(target)


_NO_COMPILER = re.compile(r"\b(gcc-\d+|clang-\d+|gcc|clang): (?:(?:command )?not found|No such file)")


def _reason(log: Path) -> str:
    """What make's output tells most with."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    compiler = next(filter(None, map(_NO_COMPILER.search, lines)), None)
    if compiler:
        return f"{compiler[1]}, which the kernel was built with, is missing (Debian: apt-get install {compiler[1]})"
    errors = [line for line in lines if " error: " in line or "not found" in line or "***" in line]
    return (errors or lines or ["make said nothing"])[0]
