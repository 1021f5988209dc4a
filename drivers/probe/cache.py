"""Where drivers keep what they have compiled."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path:
    """For root the machine's, for others their own."""
    if os.geteuid() == 0:
        return Path("/var/cache/tracer")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracer"
