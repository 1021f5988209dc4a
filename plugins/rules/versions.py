"""Versions that rules ask for, and those that there are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Version(NamedTuple):
    """Three numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version that a text begins with; None if it does not."""
        found = re.match(r"\s*(\d+)\.(\d+)\.(\d+)", text)
        return cls(*map(int, found.groups())) if found else None

    def serves(self, wanted: Version) -> bool:
        """Whether what has this version can do what was written for the wanted one."""
        return self.major == wanted.major and self >= wanted

    def __str__(self) -> str:
        return ".".join(map(str, self))


ENGINE_VERSION = Version(0, 63, 0)
"""The version of Falco's rule language that is understood here."""

PLUGIN_VERSIONS = {"container": Version(0, 7, 0)}
"""Falco's plugins whose fields tracer has by itself, and the version whose fields these are."""


class PluginRequirement(NamedTuple):
    """A plugin that rules ask for."""

    name: str
    version: str


def missing_plugin(requirements: Sequence[Sequence[PluginRequirement]]) -> str:
    """Which requirement is not met, in Falco's words; "" if all are. Of alternatives, one is enough."""
    for alternatives in requirements:
        installed = [each for each in alternatives if each.name in PLUGIN_VERSIONS]
        if not installed:
            wanted = ", ".join(f"{name} (>= {version})" for name, version in alternatives)
            return f"Plugin requirement not satisfied, must load one of: {wanted}"
        name, version = installed[0]
        wanted_version = Version.parse(version)
        if wanted_version is None or not PLUGIN_VERSIONS[name].serves(wanted_version):
            return (
                f"Plugin '{name}' version '{PLUGIN_VERSIONS[name]}' is not compatible with required plugin version "
                f"'{version}'"
            )
    return ""
