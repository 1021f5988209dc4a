"""The hook specifications of the plugin system."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from tracer.core.driver import ENTRY_POINT_GROUP, Driver

hookspec = pluggy.HookspecMarker(ENTRY_POINT_GROUP)
hookimpl = pluggy.HookimplMarker(ENTRY_POINT_GROUP)


class Hooks:
    """What a plugin may implement."""

    @hookspec
    def tracer_drivers(self) -> Sequence[Driver]:  # type: ignore[empty-body]
        """The drivers that this plugin brings."""
