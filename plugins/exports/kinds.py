"""Which events are about calls."""

from __future__ import annotations

SWITCH = "switch"
THREAD_ENDS = "procexit"

NO_CALLS = frozenset(
    (
        *("asyncevent", "container", "cpu_hotplug", "drop", "groupadded", "groupdeleted", "infra", "k8s", "mesos"),
        *("notification", "page_fault", "pluginevent", "procinfo", "signaldeliver", "tracer", "useradded"),
        *("userdeleted", SWITCH, THREAD_ENDS),
    )
)
"""Names of events that are neither the start nor the end of a system call."""
