"""Puts the module into the kernel, takes it out, installs it: through the tools that a system has for that."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tracer.core.driver import DriverError
from tracer.drivers.kmod.build import MODULE, SOURCES, cached_module, copy_sources
from tracer.drivers.kmod.device import IDENTITY
from tracer.drivers.kmod.kernel import CAP_SYS_MODULE, Kernel

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Users who may run these programs do not always have them in their PATH."""
VERSION = "-".join(IDENTITY.split()[1:])
"""What a loaded module of this version of tracer says in /sys/module/tracer/version."""


def find_module(kernel: Kernel, argument: str = "") -> Path:
    """The module to load: the one named, else one built for this kernel, else one installed. Raises DriverError."""
    if argument:
        return Path(argument)
    built = cached_module(kernel)
    if built.exists():
        return built
    for installed in sorted((kernel.modules / "updates").glob(f"**/{MODULE}*")):
        return installed
    steps = "tracer drivers build kmod, then tracer drivers load kmod"
    if kernel.headers:
        raise DriverError(f"kmod: the module is neither loaded nor built for kernel {kernel.release}; run: {steps}")
    raise DriverError(
        f"kmod: the module is neither loaded nor built, and the headers of kernel {kernel.release} are not installed; "
        f"{kernel.headers_remedy}, then run: {steps}"
    )


def check_file(path: Path, kernel: Kernel) -> None:
    """Raises DriverError if the running kernel would refuse the module, or it is not this version's."""
    from tracer.drivers.kmod.object_file import check_module, check_policy, read_module

    module = read_module(path)
    check_module(module, kernel)
    check_policy(module, kernel)


def check_rights(kernel: Kernel) -> None:
    """Raises DriverError if this process may not load modules, whatever module it is."""
    if not kernel.has_modules:
        raise DriverError("kmod: this kernel cannot load modules (CONFIG_MODULES is off); use the ebpf driver")
    if not kernel.has_capability(CAP_SYS_MODULE):
        raise DriverError("kmod: loading a module needs root (CAP_SYS_MODULE); run as root")
    if kernel.has_closed_modules:
        raise DriverError(
            "kmod: loading modules is turned off until the next start (kernel.modules_disabled); restart the machine"
        )


def load_module(path: Path, kernel: Kernel) -> None:
    """Checks the module, then loads it. Raises DriverError."""
    check_file(path, kernel)
    check_rights(kernel)
    if kernel.loaded_version is not None:
        raise DriverError(f"kmod: {_already_loaded(kernel)}")
    try:
        _run(["insmod", str(path)])
    except ToolFailed as failure:
        if "File exists" in failure.said:
            raise DriverError(f"kmod: {_already_loaded(kernel)}") from None
        raise DriverError(f"kmod: the kernel refuses {path}: {failure.said}; `dmesg` may say why") from None


def unload_module(kernel: Kernel) -> None:
    """Raises DriverError if it is not loaded, or in use."""
    if kernel.loaded_version is None:
        raise DriverError("kmod: the module is not loaded")
    if not kernel.has_capability(CAP_SYS_MODULE):
        raise DriverError("kmod: unloading a module needs root (CAP_SYS_MODULE); run as root")
    try:
        _run(["rmmod", "tracer"])
    except ToolFailed as failure:
        users = users_of(kernel.device)
        if users:
            raise DriverError(f"kmod: the module is in use by {', '.join(users)}; end that first") from None
        raise DriverError(f"kmod: the module cannot be unloaded: {failure.said}") from None


def install_module(path: Path, kernel: Kernel) -> Path:
    """Puts a module where the kernel's other modules are, so that `modprobe tracer` finds it. Raises DriverError."""
    folder = kernel.modules / "updates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / MODULE)
    except OSError as error:
        raise DriverError(f"kmod: cannot write {error.filename}: {error.strerror}; run as root") from None
    try:
        _run(["depmod", kernel.release])
    except ToolFailed as failure:
        raise DriverError(f"kmod: depmod failed: {failure.said}") from None
    return folder / MODULE


def install_with_dkms(kernel: Kernel, sources: Path = Path("/usr/src")) -> Path:
    """Has DKMS build and install the module, for this kernel and each that is installed later. Raises DriverError."""
    package_version = version("tracer")
    folder = sources / f"tracer-{package_version}"
    try:
        copy_sources(folder)
        text = (SOURCES / "dkms.conf").read_text().replace("@VERSION@", package_version)
        (folder / "dkms.conf").write_text(text)
    except OSError as error:
        raise DriverError(f"kmod: cannot write {error.filename}: {error.strerror}; run as root") from None
    try:
        _run(["dkms", "remove", f"tracer/{package_version}", "--all"], may_fail=True)
        _run(["dkms", "install", f"tracer/{package_version}", "-k", kernel.release])
    except ToolFailed as failure:
        raise DriverError(f"kmod: dkms failed: {failure.said}") from None
    return folder


def users_of(device: Path) -> list[str]:
    """Processes that have it open: "COMMAND (PID)"."""
    users = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(link.readlink() == device for link in (process / "fd").iterdir()):
                users.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # gone, or not ours to look at
    return users


class ToolFailed(Exception):
    """A program said that it could not do its work."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _run(command: Sequence[str], may_fail: bool = False) -> None:
    program = shutil.which(command[0], path=SYSTEM_PATH)
    if program is None:
        package = {"dkms": "dkms"}.get(command[0], "kmod")
        raise ToolFailed(f"{command[0]} is not installed (Debian and Ubuntu: apt-get install {package})")
    ran = subprocess.run([program, *command[1:]], capture_output=True, text=True, errors="replace")
    if ran.returncode != 0 and not may_fail:
        lines = [line.strip() for line in (ran.stderr or ran.stdout).splitlines() if line.strip()]
        raise ToolFailed(lines[-1] if lines else f"{command[0]} ended with status {ran.returncode}")


def _already_loaded(kernel: Kernel) -> str:
    if kernel.loaded_version == VERSION:
        return "the module is loaded already"
    return (
        f"a module called tracer is loaded already, of another version ({kernel.loaded_version or 'unknown'}, "
        f"needed is {VERSION}); take it out first: tracer drivers unload kmod"
    )
