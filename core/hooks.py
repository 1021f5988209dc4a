"""The hook specifications of the plugin system: what a plugin may implement, each with what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

from tracer.core.driver import ENTRY_POINT_GROUP, Driver

if TYPE_CHECKING:
    from tracer.core.plugin import Chisel, ChiselFinder, Command, ConsumerKind, ContainerEngine, Field, OutputFormat

hookspec = pluggy.HookspecMarker(ENTRY_POINT_GROUP)
hookimpl = pluggy.HookimplMarker(ENTRY_POINT_GROUP)


class Hooks:
    """What a plugin may implement. Each hook is called at most once, when its answers are first needed."""

    @hookspec
    def tracer_drivers(self) -> Sequence[Driver]:  # type: ignore[empty-body]
        """The drivers that this plugin brings."""

    @hookspec
    def tracer_fields(self) -> Sequence[Field]:  # type: ignore[empty-body]
        """The fields that it adds to those of the engine."""

    @hookspec
    def tracer_consumers(self) -> Sequence[ConsumerKind]:  # type: ignore[empty-body]
        """What users can have running beside a stream, with ``--with NAME``."""

    @hookspec
    def tracer_chisels(self) -> Sequence[Chisel]:  # type: ignore[empty-body]
        """Its chisels, for -c, -cl and -i."""

    @hookspec
    def tracer_chisel_finders(self) -> Sequence[ChiselFinder]:  # type: ignore[empty-body]
        """What knows chisels that are scripts in files of their own."""

    @hookspec
    def tracer_outputs(self) -> Sequence[OutputFormat]:  # type: ignore[empty-body]
        """Forms for ``tracer export --to NAME``."""

    @hookspec
    def tracer_commands(self) -> Sequence[Command]:  # type: ignore[empty-body]
        """Its sub-commands, ``tracer NAME``."""

    @hookspec
    def tracer_container_engines(self) -> Sequence[ContainerEngine]:  # type: ignore[empty-body]
        """What it knows containers from."""
