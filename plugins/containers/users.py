"""Whose a container is."""

from __future__ import annotations

import re
from pathlib import Path

_USER_SLICE = re.compile(r"/user\.slice/user-(\d+)\.slice/")


def owner_of(cgroup: str) -> int:
    """The user in whose slice a control group is; 0 if it is in nobody's."""
    found = _USER_SLICE.match(cgroup)
    return int(found[1]) if found else 0


def namespace_owner(pid: int) -> int:
    """The user that is root in the user namespace of a process; 0 if that cannot be found out."""
    try:
        rows = Path(f"/proc/{pid}/uid_map").read_text().splitlines()
    except OSError:
        return 0
    for row in rows:
        inside, outside, _ = row.split()
        if inside == "0":
            return int(outside)
    return 0
