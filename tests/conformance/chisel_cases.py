"""Chisels as sysdig runs them, as tracer does, and how the two are compared.

`python -m tests.conformance.chisel_cases` writes the table of docs/chisels.md anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from enum import Enum
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from tests.conftest import CAPTURES, TRACER
from tracer.core.cli.chisel_words import find_chisel
from tracer.core.plugins import installed_plugins

DOCUMENT = Path(__file__).parents[2] / "docs" / "chisels.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"

CAPTURE_NAMES = ("02-net.scap.gz", "07-tiny.scap", "08-filter-cat.scap")

EXEC_FILTER = "evt.type=execve and evt.dir=<"


class Case(NamedTuple):
    """A command line behind -c."""

    chisel: str
    argument: str = ""
    filter: str = ""
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(word for word in (*self.options, self.chisel, self.argument) if word)


ARGUMENTS = {
    "echo_fds": ("", "disable_color"),
    "fdbytes_by": ("fd.type", "fd.l4proto", "proc.name,fd.type"),
    "fdcount_by": ("proc.name", "fd.type"),
    "fdtime_by": ("fd.type", "proc.name"),
    "fileslower": ("0", "1 disable_color"),
    "httptop": ("", "time", "bytes"),
    "list_login_shells": ("", "bash"),
    "lsof": ("", "'fd.name contains etc'"),
    "netlower": ("0", "1"),
    "netstat": ("", "'fd.port=53'"),
    "proc_exec_time": ("", "disable_colors"),
    "ps": ("", "'fd.type=ipv4'"),
    "scallslower": ("1", "100"),
    "spy_file": ("", "R", "W /etc/passwd"),
    "spy_ip": ("127.0.0.1",),
    "spy_port": ("53", "80 disable_colors"),
    "spy_users": ("", "1"),
    "tracers_2_statsd": ("",),
}
"""What chisels are given that take arguments."""

WITH_CONTAINERS = ("fileslower", "httplog", "proc_exec_time", "scallslower", "spy_users", "stderr", "topconns")
AS_JSON = ("topfiles_bytes", "topprocs_errors", "topscalls")

NOT_COMPARED = {
    "spectrogram": "draws on terminals only; the same there (compared by a test of its own)",
    "subsecoffset": "draws on terminals only; the same there (compared by a test of its own)",
    "shellshock_detect": "sysdig 0.29.3 refuses its filter; the Python one works",
}
"""Chisels that print nothing under sysdig when its output is a file."""

WRONG_IN_SYSDIG = {
    ("02-net.scap.gz", chisel): "equal, but for names of UDP sockets that sysdig gets wrong (see differences.md)"
    for chisel in ("echo_fds", "fdcount_by", "netlower", "topconns", "udp_extract")
}
"""Where sysdig's output is known to be wrong."""

WRONG_LINES = {"echo_fds": b"5353", "netlower": b"5353"}
"""What stands in each line of theirs that is wrong; in the others, what is wrong adds up to other numbers."""


class Outcome(Enum):
    """How an output compares with sysdig's."""

    EQUAL = "equal"
    EQUAL_BUT_ORDER = "equal; rows with the same value come in another order, which is random in sysdig"
    DIFFERENT = "different"


def all_chisels() -> list[str]:
    """The chisels that tracer has in Python, by category and name."""
    chisels = installed_plugins().chisels.values()
    own = [one.thing for one in chisels if one.plugin == "chisels"]
    return [chisel.name for chisel in sorted(own, key=lambda chisel: (chisel.category, chisel.name))]


def cases() -> list[Case]:
    """Everything that is compared."""
    found = []
    for chisel in all_chisels():
        if chisel in NOT_COMPARED:
            continue
        if chisel == "around":
            found.append(Case(chisel, "around.scap", EXEC_FILTER))
            continue
        found += [Case(chisel, argument) for argument in ARGUMENTS.get(chisel, ("",))]
        options = [("-pc",)] * (chisel in WITH_CONTAINERS) + [("-j",)] * (chisel in AS_JSON)
        found += [Case(chisel, ARGUMENTS.get(chisel, ("",))[0], "", option) for option in options]
        found.append(Case(chisel, ARGUMENTS.get(chisel, ("",))[0], "proc.name!=bash"))
    return found


def run_sysdig(case: Case, capture: str) -> bytes:
    """What sysdig prints."""
    return _run("sysdig", case.chisel, case, capture)


def run_tracer(case: Case, capture: str, in_lua: bool) -> bytes:
    """What tracer prints, from its own chisel or from sysdig's Lua script."""
    return _run(str(TRACER), f"lua:{case.chisel}" if in_lua else case.chisel, case, capture)


def _run(program: str, chisel: str, case: Case, capture: str) -> bytes:
    words = [word for word in (case.argument, case.filter) if word]
    command = [program, *case.options, "-r", str(CAPTURES / capture), "-c", chisel, *words]
    with tempfile.TemporaryDirectory() as folder:
        # sysdig ends with an error where a capture has nothing for a chisel: its output counts.
        ran = subprocess.run(command, env={**os.environ, "TZ": "UTC"}, capture_output=True, cwd=folder, timeout=120)
        written = sorted(Path(folder).glob("udp_dump_files/*"))
        return b"".join([ran.stdout, *(f"{file.name}: ".encode() + file.read_bytes() for file in written)])


def has_ties(chisel: str) -> bool:
    """Whether it prints rows by their values, so that those with the same one may come in any order."""
    from tracer.plugins.chisels.top import FdCountBy
    from tracer.plugins.chisels.top_table import TopTable

    kind = find_chisel(chisel).thing
    return isinstance(kind, type) and issubclass(kind, (TopTable, FdCountBy))


def compare(case: Case, ours: bytes, theirs: bytes) -> Outcome:
    """Line by line; of top tables, rows with the same value as a set."""
    if ours == theirs:
        return Outcome.EQUAL
    if not has_ties(case.chisel):
        return Outcome.DIFFERENT
    if _same_json(ours, theirs) or _in_fixed_order(ours) == _in_fixed_order(theirs):
        return Outcome.EQUAL_BUT_ORDER
    return Outcome.DIFFERENT


def differs_only_where_sysdig_is_wrong(case: Case, ours: bytes, theirs: bytes) -> bool:
    """Whether lines of sysdig that tracer has not are those that are known to be wrong."""
    missing = set(theirs.splitlines()) - set(ours.splitlines())
    mark = WRONG_LINES.get(case.chisel, b"")
    return len(ours) > 0 and all(mark in line for line in missing)


def _in_fixed_order(output: bytes) -> list[tuple[str, list[str]]]:
    """The rows of a top table by value. Of the last value only how many there are: the table may end among them."""
    heading, *rows = output.decode(errors="surrogateescape").splitlines()
    groups = [(value, sorted(group)) for value, group in groupby(rows, key=_value_of)]
    if groups:
        value, last = groups[-1]
        groups[-1] = (value, [str(len(last))])
    return [(heading, []), *groups]


def _value_of(row: str) -> str:
    # fdcount_by has the value last.
    return row.rpartition("\t")[2] if "\t" in row else row.split(" ")[0]


def _same_json(ours: bytes, theirs: bytes) -> bool:
    try:
        one, other = json.loads(ours), json.loads(theirs)
    except ValueError:
        return False
    return isinstance(one, dict) and {**one, "data": _rows(one)} == {**other, "data": _rows(other)}


def _rows(document: dict[str, list[list[object]]]) -> list[tuple[str, list[str]]]:
    groups = [
        (value, sorted(map(str, rows))) for value, rows in groupby(document["data"], key=lambda row: str(row[-1]))
    ]
    if groups:
        groups[-1] = (groups[-1][0], [str(len(groups[-1][1]))])
    return groups


@cache
def outcomes() -> dict[tuple[str, bool], set[str]]:
    """For each chisel, in Python and in Lua, what came out over all cases and captures."""
    found: dict[tuple[str, bool], set[str]] = {}
    for case in cases():
        for capture in CAPTURE_NAMES:
            theirs = run_sysdig(case, capture)
            for in_lua in (False, True):
                outcome = compare(case, run_tracer(case, capture, in_lua), theirs).value
                if outcome == Outcome.DIFFERENT.value:
                    outcome = WRONG_IN_SYSDIG.get((capture, case.chisel), outcome)
                found.setdefault((case.chisel, in_lua), set()).add(outcome)
    return found


def table() -> str:
    """The table of docs/chisels.md."""
    lines = ["| Chisel | Category | What it shows | Compared with sysdig 0.29.3 |", "|---|---|---|---|"]
    for name in all_chisels():
        chisel = find_chisel(name).thing
        lines.append(f"| `{name}` | {chisel.category} | {chisel.summary.rstrip('.')} | {verdict(name)} |")
    return "\n".join(lines) + "\n"


def verdict(chisel: str) -> str:
    """What the table says of a chisel. It may not depend on what is random in sysdig."""
    if chisel in NOT_COMPARED:
        return NOT_COMPARED[chisel]
    found = outcomes()[chisel, False] | outcomes()[chisel, True]
    if Outcome.DIFFERENT.value in found:
        return Outcome.DIFFERENT.value
    special = [outcome for outcome in found if outcome not in {one.value for one in Outcome}]
    if special:
        return special[0]
    if not has_ties(chisel):
        return "equal"
    return "equal, but for the order of rows with the same value, which is random in sysdig"


def main() -> None:
    """Writes the table into the document."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
