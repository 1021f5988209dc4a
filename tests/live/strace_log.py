"""Reads what `strace -f -v -xx -X verbose -s N -o FILE` wrote: system calls with values that leave nothing to guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(?P<tid>\d+) +(?P<rest>.*)$")
_RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
_CALL = re.compile(r"^(?P<name>\w+)\((?P<rest>.*)$", re.DOTALL)
_RESULT = re.compile(r"\)? += (?P<value>\?|0x[0-9a-f]+|-?\d+)(?P<note>.*)$")
UNFINISHED = " <unfinished ...>"

ERRNO_NAME = re.compile(r"^ (?P<name>E[A-Z0-9_]+)\b")


@dataclass(frozen=True)
class Call:
    """One system call as strace saw it."""

    tid: int
    name: str
    arguments: tuple[str, ...]
    """As printed."""
    result: int | None
    """None where the call never returned. -errno is stored as strace's -1 with `errno_name`."""
    errno_name: str

    @property
    def returned(self) -> bool:
        """Whether strace saw it return; one that a signal interrupts returns an error without a result."""
        return self.result is not None or self.errno_name != ""


def integer(text: str) -> int | None:
    """A number, or several joined by |, as strace prints them; None if it is not printed as one."""
    if text == "NULL":
        return 0
    try:
        return sum(int(part, 8 if re.match(r"^-?0\d", part) else 0) for part in _without_comments(text).split("|"))
    except ValueError:
        return None


def _without_comments(text: str) -> str:
    start = text.find("/*")
    if start < 0:
        return text.strip()
    return text[:start].strip() + _without_comments(text[_comment_end(text, start) :])


@dataclass(frozen=True)
class Log:
    """A whole log."""

    calls: tuple[Call, ...]
    signals: tuple[tuple[int, str], ...]
    """(tid, SIGNAME) of every delivered signal."""
    exits: tuple[int, ...]
    """Threads that ended."""

    def by_thread(self) -> dict[int, list[Call]]:
        """Calls of each thread, in order."""
        threads: dict[int, list[Call]] = {}
        for call in self.calls:
            threads.setdefault(call.tid, []).append(call)
        return threads


def read(path: Path) -> Log:
    """Reads the log. Raises ValueError for a line that is not understood."""
    calls: list[Call] = []
    signals: list[tuple[int, str]] = []
    exits: list[int] = []
    begun: dict[int, str] = {}
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        match = _LINE.match(line)
        if not match:
            if line.startswith("strace: ") or "runs in" in line:
                continue  # its own words
            raise ValueError(f"{path}: not a line of strace: {line!r}")
        tid, rest = int(match["tid"]), match["rest"]
        if rest.startswith("--- "):
            signals.append((tid, rest.split()[1]))
        elif rest.startswith("+++ "):
            exits.append(tid)
        elif rest.endswith(UNFINISHED):
            begun[tid] = rest.removesuffix(UNFINISHED)
        else:
            resumed = _RESUMED.match(rest)
            calls.append(_call(tid, begun.pop(tid) + resumed["rest"] if resumed else rest))
    # A call cut off by the thread's end never gets its second half.
    calls += [_call(tid, text + ") = ?") for tid, text in begun.items()]
    return Log(tuple(calls), tuple(signals), tuple(exits))


def _call(tid: int, text: str) -> Call:
    match = _CALL.match(text)
    if not match:
        raise ValueError(f"not a system call: {text!r}")
    arguments, end = _split(match["rest"])
    result = _RESULT.match(match["rest"][end:])
    if not result:
        raise ValueError(f"no result in {text!r}")
    errno_name = ERRNO_NAME.match(result["note"])
    value = None if result["value"] == "?" else integer(result["value"])
    return Call(tid, match["name"], arguments, value, errno_name["name"] if errno_name else "")


def _split(text: str) -> tuple[tuple[str, ...], int]:
    """The arguments up to the closing bracket, and where that stands. Strings, brackets and comments nest."""
    arguments, depth, start, position = [], 0, 0, 0
    while position < len(text):
        if text[position] == '"':
            position = text.index('"', position + 1)
        elif text.startswith("/*", position):
            position = _comment_end(text, position) - 1
        elif text[position] in "([{":
            depth += 1
        elif text[position] in "]}" or (text[position] == ")" and depth):
            depth -= 1
        elif text[position] == ")":
            break
        elif text[position] == "," and not depth:
            arguments.append(text[start:position].strip())
            start = position + 1
        position += 1
    last = text[start:position].strip()
    return tuple(arguments + ([last] if last else [])), position


def _comment_end(text: str, start: int) -> int:
    """Where the comment that begins at `start` ends; comments nest."""
    position = start + 2
    while not text.startswith("*/", position):
        position = _comment_end(text, position) if text.startswith("/*", position) else position + 1
    return position + 2
