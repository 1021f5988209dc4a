"""Where CRI is asked, and for how long: what --cri and --cri-timeout set."""

from __future__ import annotations

import os

DEFAULT_SOCKETS = (
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/k3s/containerd/containerd.sock",
)
SOCKET_VARIABLE = "TRACER_CRI_SOCKET"
TIMEOUT_VARIABLE = "TRACER_CRI_TIMEOUT_MS"
DEFAULT_TIMEOUT_S = 1.0


def cri_sockets() -> tuple[str, ...]:
    """The sockets to ask at, in order; those of the variable have colons in between."""
    return tuple(filter(None, os.environ.get(SOCKET_VARIABLE, "").split(":"))) or DEFAULT_SOCKETS


def timeout_s() -> float:
    """How long an answer may take."""
    text = os.environ.get(TIMEOUT_VARIABLE, "")
    return int(text) / 1000 if text.isdecimal() and int(text) > 0 else DEFAULT_TIMEOUT_S
