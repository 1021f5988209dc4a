"""What `strace -f -o FILE` or `strace -ff -o PREFIX` wrote, line by line and in order of time."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(r"^(?:(?P<tid>\d+) +)?(?:(?P<seconds>\d{9,})\.(?P<fraction>\d+) )?(?P<rest>.*)$")
_RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
_CALL = re.compile(
    r"^(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>\?|-?\d+|0x[0-9a-f]+)(?: (?P<error>E[A-Z0-9]+))?"
)
_EXITED = re.compile(r"^\+\+\+ (?:exited with (?P<status>\d+)|killed by (?P<signal>SIG\w+)).* \+\+\+$")
_SIGNAL = re.compile(r"^--- (?P<signal>SIG\w+) \{.*?(?:si_pid=(?P<sender>\d+).*)?\} ---$")
_UNFINISHED = " <unfinished ...>"
_STEP_NS = 1000
_OPENING, _CLOSING = "([{<", ")]}>"


class LogError(Exception):
    """A line that strace did not write; the message names file and line."""


@dataclass(frozen=True)
class Line:
    """One thing that strace told."""

    time_ns: int
    tid: int
    what: str
    """`call`, `begun` (a call that has not come back yet), `exited` or `signal`."""
    name: str = ""
    """Of the call or signal; of a thread that was killed, the signal."""
    arguments: tuple[str, ...] = ()
    result: int | None = None
    """What the call gave back (None if it never came back); exit status; process that sent the signal."""
    error: str = ""
    """Name of the error of a call that failed."""


def read_log(target: str) -> Iterator[Line]:
    """The lines of the file `target`, or of all files `target`.PID. Raises LogError, OSError."""
    return heapq.merge(*map(_read_file, log_files(target)), key=lambda line: line.time_ns)


def log_files(target: str) -> list[Path]:
    """The file that is meant, or the files of `strace -ff`; none if there is nothing of that name."""
    path = Path(target)
    if path.is_file():
        return [path]
    return sorted(file for file in path.parent.glob(f"{path.name}.*") if file.suffix[1:].isdigit())


def split_arguments(text: str) -> tuple[str, ...]:
    """Splits at the commas that stand in no quotes and no brackets."""
    parts, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        letter = text[at]
        if quoted:
            at += letter == "\\"
            quoted = letter != '"'
        elif letter == '"':
            quoted = True
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= text[at - 2 : at + 1] != "->>" and text[at - 1 : at + 1] != "->"
        elif letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return (*parts, text[start:].strip()) if text.strip() else ()


def _read_file(path: Path) -> Iterator[Line]:
    owner = int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0
    begun: dict[int, str] = {}
    time_ns = 0
    with path.open(encoding="latin-1") as file:
        for number, text in enumerate(file, 1):
            head = _HEAD.match(text.rstrip("\n"))
            assert head is not None  # every part of the pattern may be missing
            tid = int(head["tid"] or owner)
            if not tid:
                raise LogError(f"{path}, line {number}: no process id; record with strace -f -o FILE or -ff -o PREFIX")
            if head["seconds"]:
                time_ns = int(head["seconds"]) * 10**9 + int(head["fraction"].ljust(9, "0")[:9])
            else:
                time_ns += _STEP_NS
            rest = head["rest"]
            resumed = _RESUMED.match(rest)
            if resumed:
                rest = begun.pop(tid, f"{resumed['name']}(") + resumed["rest"]
            if rest.endswith(_UNFINISHED):
                begun[tid] = rest.removesuffix(_UNFINISHED)
                name, _, arguments = begun[tid].partition("(")
                yield Line(time_ns, tid, "begun", name, split_arguments(arguments))
            else:
                yield _finished(time_ns, tid, rest, f"{path}, line {number}")


def _finished(time_ns: int, tid: int, text: str, where: str) -> Line:
    if match := _CALL.match(text):
        result = None if match["result"] == "?" else int(match["result"], 0)
        return Line(
            time_ns, tid, "call", match["name"], split_arguments(match["arguments"]), result, match["error"] or ""
        )
    if match := _EXITED.match(text):
        return Line(time_ns, tid, "exited", match["signal"] or "", result=int(match["status"] or 0))
    if match := _SIGNAL.match(text):
        return Line(time_ns, tid, "signal", match["signal"], result=int(match["sender"] or 0))
    raise LogError(f"{where}: not a line of strace: {text[:60]!r}")
