"""What can be known of a kernel and of its policy towards modules: where its headers are, what it refuses."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

CAP_SYS_MODULE = 16
CAP_SYS_ADMIN = 21
CAP_PERFMON = 38


@dataclass(frozen=True)
class Kernel:
    """One kernel release. The facts about the running kernel are read from `root`, which tests replace."""

    release: str = field(default_factory=platform.release)
    root: Path = Path("/")

    @property
    def modules(self) -> Path:
        """Where its modules are installed."""
        return self.root / "lib/modules" / self.release

    @property
    def device(self) -> Path:
        """What the loaded module is spoken to through."""
        return self.root / "dev/tracer"

    @cached_property
    def headers(self) -> Path | None:
        """What its modules are built with; None if that is not installed."""
        places = (self.modules / "build", self.root / "usr/src" / f"linux-headers-{self.release}")
        return next((place for place in places if (place / "Makefile").exists()), None)

    @property
    def headers_remedy(self) -> str:
        """How to install them."""
        return (
            f"install them (Debian and Ubuntu: apt-get install linux-headers-{self.release}, "
            f"Fedora: dnf install kernel-devel-{self.release})"
        )

    @cached_property
    def symbol_versions(self) -> dict[str, int] | None:
        """Version of each symbol that modules may use; None if that cannot be known here."""
        path = self.headers / "Module.symvers" if self.headers else None
        if path is None or not path.exists():
            return None
        versions = {}
        for line in path.read_text().splitlines():
            version, name, *_ = line.split("\t")
            versions[name] = int(version, 16)
        return versions

    @property
    def is_running(self) -> bool:
        """Whether it is the kernel that runs."""
        return self.release == platform.release()

    @property
    def has_modules(self) -> bool:
        """Whether the running kernel can load modules at all."""
        return (self.root / "proc/modules").exists()

    @property
    def has_closed_modules(self) -> bool:
        """Whether the running kernel loads no more modules until it is started again."""
        return self._read("proc/sys/kernel/modules_disabled") == "1"

    @property
    def demands_signatures(self) -> bool:
        """Whether the running kernel loads only modules that are signed with a key it knows."""
        return self._read("sys/module/module/parameters/sig_enforce") in ("Y", "1")

    @property
    def lockdown(self) -> str:
        """How the running kernel is locked down, so that it demands signatures ("integrity", ...); "" if it is not."""
        match = re.search(r"\[(\w+)\]", self._read("sys/kernel/security/lockdown"))
        return match[1] if match and match[1] != "none" else ""

    @property
    def loaded_version(self) -> str | None:
        """Version of the loaded module called tracer; "" if it has none, None if there is no such module."""
        if not (self.root / "sys/module/tracer").exists():
            return None
        return self._read("sys/module/tracer/version")

    def has_capability(self, *numbers: int) -> bool:
        """Whether this process has one of these."""
        match = re.search(r"^CapEff:\s*([0-9a-f]+)$", self._read("proc/self/status"), re.MULTILINE)
        bits = int(match[1], 16) if match else (~0 if os.geteuid() == 0 else 0)
        return any(bits >> number & 1 for number in numbers)

    def _read(self, path: str) -> str:
        """The text of a file of the kernel's; "" where it has no such file."""
        try:
            return (self.root / path).read_text().strip()
        except OSError:
            return ""
