"""Gets a Debian kernel to boot: downloaded and unpacked below build/, never installed."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / "build" / "vm"
HEADERS = Path("/usr/src")
PROGRAMS = ("qemu-system-x86_64", "busybox", "cpio", "modprobe", "depmod", "dpkg", "apt-get", "cc", "strace")
HOW_TO_INSTALL = "scripts/packages vm"
XZ_MAGIC = b"\xfd7zXZ\x00"
ELF_MAGIC = b"\x7fELF"

# What mounting a 9p root takes.
BOOT_MODULES = ("virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay")


class KernelError(Exception):
    """There is no kernel to boot. The message says why, and what mends it."""


@dataclass(frozen=True)
class Kernel:
    """What a guest boots."""

    release: str
    image: Path
    """Uncompressed, which saves seconds of emulated unpacking."""
    initrd: Path
    modules: Path
    """Its folder below /lib/modules, which links to the headers."""
    tsc_khz: int
    """Frequency of the time stamp counter."""


def missing() -> str:
    """What this machine lacks for guests; "" if nothing."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [program for program in PROGRAMS if not shutil.which(program, path=search)]
    if lacking:
        return f"needs {', '.join(lacking)} ({HOW_TO_INSTALL})"
    if not _releases():
        return f"needs a Debian kernel's headers below {HEADERS} ({HOW_TO_INSTALL})"
    return ""


def obtain() -> Kernel:
    """The kernel that the newest installed headers are of. Raises KernelError."""
    releases = _releases()
    if not releases:
        raise KernelError(f"no kernel headers below {HEADERS}: run {HOW_TO_INSTALL}")
    release = releases[-1]
    folder = CACHE / release
    root = folder / "root"
    modules = root / "lib" / "modules" / release
    image, initrd = folder / "vmlinux", folder / "initrd.img"
    if not image.exists():
        _unpack(release, folder, root)
        _run("depmod", "-b", str(root), release)
        _uncompress(root / "boot" / f"vmlinuz-{release}", image)
    # As the package with the headers has it: what they are built with, and what is common to all flavours.
    for link, headers in (("build", release), ("source", f"{release.rpartition('-')[0]}-common")):
        (modules / link).unlink(missing_ok=True)
        (modules / link).symlink_to(HEADERS / f"linux-headers-{headers}")
    kernel = Kernel(release, image, initrd, modules, _tsc_khz(folder))
    _make_initrd(kernel, root)
    return kernel


def _releases() -> list[str]:
    """Kernels whose headers are there, the newest last."""
    pattern = re.compile(r"linux-headers-(\d[\d.]*-\d+-amd64)$")
    found = [match[1] for path in HEADERS.glob("linux-headers-*") if (match := pattern.match(path.name))]
    return sorted(found, key=lambda release: [int(number) for number in re.findall(r"\d+", release)])


def _unpack(release: str, folder: Path, root: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    package = f"linux-image-{release}"
    # apt's own unprivileged user cannot write here.
    _run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
    (archive,) = folder.glob(f"{package}_*.deb")
    _run("dpkg", "-x", str(archive), str(root))
    archive.unlink()


def _uncompress(compressed: Path, image: Path) -> None:
    data = compressed.read_bytes()
    start = data.find(XZ_MAGIC)
    if start < 0:
        raise KernelError(f"{compressed} holds no xz stream: a kernel compressed in another way")
    kernel = lzma.LZMADecompressor().decompress(data[start:])
    if not kernel.startswith(ELF_MAGIC):
        raise KernelError(f"{compressed} does not unpack to an ELF file")
    unfinished = image.with_suffix(".new")
    unfinished.write_bytes(kernel)
    unfinished.rename(image)


def _make_initrd(kernel: Kernel, root: Path) -> None:
    """busybox, the modules that a 9p root takes, and the guest's first program."""
    boot = Path(__file__).with_name("boot")
    sources = list(boot.iterdir())
    if kernel.initrd.exists() and all(source.stat().st_mtime < kernel.initrd.stat().st_mtime for source in sources):
        return
    tree = kernel.initrd.with_name("initrd")
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "proc", "sys", "dev", "host", "rw", "newroot", "modules"):
        (tree / name).mkdir(parents=True)
    shutil.copy2(shutil.which("busybox") or "/bin/busybox", tree / "bin" / "busybox")
    for source in sources:
        shutil.copy2(source, tree / source.name)
        (tree / source.name).chmod(0o755)
    order: list[str] = []
    for module in BOOT_MODULES:
        shown = _run("modprobe", "-d", str(root), "-S", kernel.release, "--show-depends", module)
        for line in shown.splitlines():
            verb, _, path = line.partition(" ")
            file = Path(path.strip())
            if verb == "insmod" and file.name not in order:
                order.append(file.name)
                shutil.copy2(file, tree / "modules" / file.name)
    (tree / "modules" / "order").write_text("".join(f"{name}\n" for name in order))
    names = "\0".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with kernel.initrd.open("wb") as out:
        subprocess.run(
            ["cpio", "-o", "-0", "-H", "newc", "--quiet"], cwd=tree, input=names.encode(), stdout=out, check=True
        )


def _tsc_khz(folder: Path) -> int:
    program = folder / "tsc_khz"
    _run("cc", "-O1", "-o", str(program), str(Path(__file__).with_name("tsc_khz.c")))
    return int(_run(str(program)))


def _run(*command: str, cwd: Path | None = None) -> str:
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    ran = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if ran.returncode != 0:
        raise KernelError(f"{' '.join(command)} failed: {ran.stderr.strip() or ran.stdout.strip()}")
    return ran.stdout
