"""Commands that check whether a container is well: Docker's health checks, the probes of Kubernetes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

APPLIED_LABELS = (
    "annotation.kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/last-applied-configuration",
)
"""Where the specification of a pod stands that `kubectl apply` made."""


def health_probes(labels: Mapping[str, Any], healthcheck: Mapping[str, Any]) -> dict[str, object]:
    """The probes, by the names that container events have for them.

    Where Kubernetes has probes of its own, a health check of the image is not run.
    """
    return pod_probes(labels) or docker_probe(healthcheck)


def pod_probes(labels: Mapping[str, Any], container: str = "") -> dict[str, object]:
    """What the pod's specification, as `kubectl apply` noted it, says of a container; its first one without a name."""
    for label in APPLIED_LABELS:
        try:
            containers = json.loads(labels[label])["spec"]["containers"]
            specification = next(each for each in containers if not container or each.get("name") == container)
        except (KeyError, IndexError, TypeError, ValueError, StopIteration):
            continue
        named = {"LivenessProbe": "livenessProbe", "ReadinessProbe": "readinessProbe"}
        probes = {name: _command_of(specification.get(key)) for name, key in named.items()}
        return {name: _probe(command) for name, command in probes.items() if command}
    return {}


def docker_probe(healthcheck: Mapping[str, Any]) -> dict[str, object]:
    """A health check as images and Docker state it."""
    test = healthcheck.get("Test")
    if not isinstance(test, list) or len(test) < 2:
        return {}
    if test[0] == "CMD":
        return {"Healthcheck": _probe(test[1:])}
    if test[0] == "CMD-SHELL":
        return {"Healthcheck": {"exe": "/bin/sh", "args": ["-c", test[1]]}}
    return {}


def _command_of(probe: Any) -> Sequence[str]:
    command = probe.get("exec", {}).get("command") if isinstance(probe, Mapping) else None
    return [str(word) for word in command] if isinstance(command, list) else []


def _probe(command: Sequence[str]) -> dict[str, object]:
    words = [_unquoted(word) for word in command]
    return {"exe": words[0], "args": words[1:]}


def _unquoted(word: str) -> str:
    while len(word) > 1 and word[0] in "\"'" and word[-1] == word[0]:
        word = word[1:-1]
    return word
