"""Files that the kmod driver looks at, made up: module objects, and what a kernel shows of itself."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

from tracer.core.schema.tables import FINGERPRINT
from tracer.drivers.kmod.kernel import Kernel
from tracer.drivers.probe.layout import PROBE_FORMAT

RELEASE = "6.1.0-99-amd64"
MAGIC = f"{RELEASE} SMP preempt mod_unload modversions "
X86_64 = 62
RELOCATABLE = 1
SIGNATURE = b"signature\0~Module signature appended~\n"


def module_object(
    *,
    information: Mapping[str, str] | None = None,
    versions: Mapping[str, int] | None = None,
    machine: int = X86_64,
    this_module: bool = True,
) -> bytes:
    """An ELF object with the sections of a kernel module: .modinfo, __versions, .gnu.linkonce.this_module."""
    texts = {"license": "GPL", "tracer": f"tracer-probe {PROBE_FORMAT} {FINGERPRINT}", "vermagic": MAGIC}
    texts |= information or {}
    sections = {".modinfo": b"".join(f"{name}={text}\0".encode() for name, text in texts.items() if text)}
    if versions is not None:
        sections["__versions"] = b"".join(struct.pack("<Q56s", crc, name.encode()) for name, crc in versions.items())
    if this_module:
        sections[".gnu.linkonce.this_module"] = bytes(64)
    return elf_object(sections, machine)


def elf_object(sections: Mapping[str, bytes], machine: int) -> bytes:
    """A relocatable 64-bit ELF object with these sections."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in [*sections, ".shstrtab"])
    contents = [*sections.values(), names]
    headers, body = [bytes(64)], b""
    for name, content in zip([*sections, ".shstrtab"], contents, strict=True):
        kind = 3 if name == ".shstrtab" else 1
        at = names.index(b"\0" + name.encode() + b"\0") + 1
        headers.append(struct.pack("<IIQQQQIIQQ", at, kind, 0, 0, 64 + len(body), len(content), 0, 0, 1, 0))
        body += content
    ident = b"\x7fELF\2\1\1" + bytes(9)
    header = struct.pack(
        "<HHIQQQIHHHHHH",
        RELOCATABLE, machine, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(headers), len(headers) - 1,
    )  # fmt: skip
    return ident + header + body + b"".join(headers)


def make_kernel(
    root: Path,
    *,
    headers: bool = True,
    symbols: Mapping[str, int] | None = None,
    has_modules: bool = True,
    capabilities: int = 0xFFFFFFFF,
    sig_enforce: str = "N",
    lockdown: str = "[none] integrity confidentiality",
    modules_disabled: str = "0",
    loaded_version: str | None = None,
    own_modules_say: str = MAGIC,
) -> Kernel:
    """A kernel under `root`, as its files show it."""
    files = {
        "sys/module/module/parameters/sig_enforce": sig_enforce,
        "sys/kernel/security/lockdown": lockdown,
        "proc/sys/kernel/modules_disabled": modules_disabled,
        "proc/self/status": f"Name:\tx\nCapEff:\t{capabilities:016x}\n",
    }
    if has_modules:
        files["proc/modules"] = ""
    if loaded_version is not None:
        files["sys/module/tracer/version"] = loaded_version
    if headers:
        rows = (symbols or {}).items()
        files[f"lib/modules/{RELEASE}/build/Makefile"] = "modules:\n\tfalse\n"
        files[f"lib/modules/{RELEASE}/build/Module.symvers"] = "".join(
            f"0x{crc:08x}\t{name}\tvmlinux\tEXPORT_SYMBOL\t\n" for name, crc in rows
        )
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    own = root / f"lib/modules/{RELEASE}/kernel/fs/other.ko"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(module_object(information={"tracer": "", "vermagic": own_modules_say}))
    return Kernel(RELEASE, root)
