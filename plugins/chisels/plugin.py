"""The plugin `chisels`: those that sysdig has."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tracer.core.plugin import hookimpl

if TYPE_CHECKING:
    from tracer.core.plugin import Chisel

FAMILIES = ("top", "slow", "streams", "iobytes", "logs", "users", "system", "http", "memcache", "spans", "spectrum")
"""Modules, each with its CHISELS."""


@hookimpl
def tracer_chisels() -> Sequence[Chisel]:
    """All of them."""
    return [chisel for family in FAMILIES for chisel in import_module(f"tracer.plugins.chisels.{family}").CHISELS]
