"""Names of hosts in conditions: looked up all at once, as each may take a while."""

from __future__ import annotations

from tracer.core.filter.constants import host_addresses
from tracer.plugins.rules.condition import Check, Condition, Field, Value, Values, checks

HOST_FIELDS = frozenset(f"fd.{end}ip.name" for end in "cslr")
"""Fields that are compared by the addresses of the hosts that are named."""
AT_ONCE = 64


def look_up_hosts(condition: Condition) -> None:
    """Has the addresses of all hosts that a condition names ready for when it is compiled."""
    names = {name for check in checks(condition) for name in _hosts(check)}
    if len(names) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(host_addresses, names))


def _hosts(check: Check) -> tuple[str, ...]:
    if not isinstance(check.left, Field) or check.left.name not in HOST_FIELDS:
        return ()
    if isinstance(check.right, Values):
        return check.right.items
    return (check.right.text,) if isinstance(check.right, Value) else ()
