"""Reads the schema's text files into plain values. Their grammar stands at the head of each file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

HERE = Path(__file__).parent

PARAM_TYPES: dict[str, tuple[int, int]] = {
    # name: (code on the wire, width in bytes; 0 = variable)
    "none": (0, 0),
    "int8": (1, 1),
    "int16": (2, 2),
    "int32": (3, 4),
    "int64": (4, 8),
    "uint8": (5, 1),
    "uint16": (6, 2),
    "uint32": (7, 4),
    "uint64": (8, 8),
    "charbuf": (9, 0),
    "bytebuf": (10, 0),
    "errno": (11, 8),
    "sockaddr": (12, 0),
    "socktuple": (13, 0),
    "fd": (14, 8),
    "pid": (15, 8),
    "fdlist": (16, 0),
    "fspath": (17, 0),
    "syscallid": (18, 2),
    "sigtype": (19, 1),
    "reltime": (20, 8),
    "abstime": (21, 8),
    "port": (22, 2),
    "l4proto": (23, 1),
    "sockfamily": (24, 1),
    "bool": (25, 4),
    "ipv4addr": (26, 4),
    "dyn": (27, 0),
    "flags8": (28, 1),
    "flags16": (29, 2),
    "flags32": (30, 4),
    "uid": (31, 4),
    "gid": (32, 4),
    "double": (33, 8),
    "sigset": (34, 4),
    "charbufarray": (35, 0),
    "charbuf_pair_array": (36, 0),
    "ipv4net": (37, 0),
    "ipv6addr": (38, 16),
    "ipv6net": (39, 0),
    "ipaddr": (40, 0),
    "ipnet": (41, 0),
    "mode": (42, 4),
    "fsrelpath": (43, 0),
    "enumflags8": (44, 1),
    "enumflags16": (45, 2),
    "enumflags32": (46, 4),
    "fd32": (47, 4),
    "pid32": (48, 4),
}

PRINT_FORMATS = {"na": 0, "dec": 1, "hex": 2, "10_padded_dec": 3, "id": 4, "dir": 5, "oct": 6}

CATEGORIES = {
    "unknown": 0,
    "other": 1,
    "file": 2,
    "net": 3,
    "ipc": 4,
    "memory": 5,
    "process": 6,
    "sleep": 7,
    "system": 8,
    "signal": 9,
    "user": 10,
    "time": 11,
    "processing": 12,
    "io_read": 32,
    "io_write": 33,
    "io_other": 34,
    "wait": 64,
    "scheduler": 128,
    "internal": 256,
    "syscall": 512,
    "tracepoint": 1024,
    "plugin": 2048,
    "metaevent": 4096,
    "iter": 8192,
}

EVENT_FLAGS = {
    "creates_fd": 1,
    "destroys_fd": 2,
    "uses_fd": 4,
    "reads_from_fd": 8,
    "writes_to_fd": 16,
    "modifies_state": 32,
    "unused": 64,
    "waits": 128,
    "skipparsereset": 256,
    "old_version": 512,
    "large_payload": 2048,
    "converter_managed": 4096,
}

SYSCALL_FLAGS = {"never_drop": 2, "always_drop": 4, "atomic": 16}

# A dynamic parameter starts with one byte: the index of the alternative that follows (type, format).
DYNAMIC_TABLES: dict[str, list[tuple[str, str]]] = {
    "sockopt": [("bytebuf", "hex"), ("errno", "dec"), ("uint32", "dec"), ("uint64", "dec"), ("reltime", "dec")],
    "ptrace": [("uint64", "hex"), ("sigtype", "dec")],
    "bpf": [("fd", "dec"), ("errno", "dec")],
    "keyctl": [("int64", "dec"), ("charbuf", "na")],
}


class SchemaError(Exception):
    """A schema file says something impossible; the message names file and line."""


@dataclass(frozen=True)
class Param:
    """One parameter of an event."""

    name: str
    type: str
    format: str
    argument: str = ""
    """Flag table, dynamic table, or index of the dirfd parameter, by `type`; "" for none."""
    source: str = ""
    """Where a simple filler finds the value; "" when code fills it."""
    appended: bool = False
    """True if sysdig 0.29.3 does not know this parameter."""
    was: Param | None = None
    """How sysdig 0.29.3 declares the same bytes, where that differs."""

    @property
    def width(self) -> int:
        """Bytes on the wire; 0 if variable."""
        return PARAM_TYPES[self.type][1]


@dataclass(frozen=True)
class Event:
    """One event code."""

    code: int
    enum: str
    name: str
    categories: tuple[str, ...]
    flags: tuple[str, ...]
    params: tuple[Param, ...] = ()
    appended_flags: tuple[str, ...] = ()
    """Flags that sysdig 0.29.3 does not give the event."""

    @property
    def is_enter(self) -> bool:
        """True for enter events (even codes)."""
        return self.code % 2 == 0

    @property
    def status(self) -> str:
        """One of "current", "old" (no longer emitted) or "unused"."""
        if "unused" in self.flags:
            return "unused"
        return "old" if "old_version" in self.flags else "current"


@dataclass(frozen=True)
class Syscall:
    """One system call of an architecture."""

    number: int
    name: str
    event: str
    """Stem of the event pair's enum (SYSCALL_READ), or "generic"."""
    flags: tuple[str, ...]
    layout: str = ""
    """How the arguments come to stand where the event's sources look for them; "" where they do already."""


@dataclass(frozen=True)
class Schema:
    """The whole schema."""

    events: tuple[Event, ...]
    flag_tables: dict[str, dict[str, int]]
    appended_flags: dict[str, set[str]]
    """By table, the names that sysdig 0.29.3 does not know."""
    syscall_ids: dict[str, int]
    syscall_categories: dict[int, str]
    """By id; those that are left out have none."""
    old_syscall_names: dict[int, str]
    """What sysdig 0.29.3 calls an id, where that differs."""
    syscalls: dict[str, tuple[Syscall, ...]] = field(default_factory=dict)
    """By architecture."""
    fingerprint: str = ""
    """Changes with any byte of the schema; probes and engine compare it."""


def load(folder: Path = HERE) -> Schema:
    """Reads and checks the schema. Raises SchemaError."""
    flag_tables, appended_flags = _read_flags(folder / "flags.txt")
    events = _read_events(folder / "events.txt", flag_tables)
    ids, categories, old_names = _read_syscall_ids(folder / "syscall_ids.txt")
    stems = {event.enum[:-2] for event in events} | {"generic"}
    syscalls = {}
    for path in sorted(folder.glob("syscalls_*.txt")):
        rows = []
        for number, name, event, flags, *layout in _rows(path, 4, 5):
            if name not in ids:
                raise SchemaError(f"{path.name}: system call {name} has no id in syscall_ids.txt")
            if event not in stems:
                raise SchemaError(f"{path.name}: system call {name} names the unknown event {event}")
            rows.append(Syscall(int(number), name, event, _names(flags), *layout))
        syscalls[path.stem.removeprefix("syscalls_")] = tuple(rows)
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.txt")):
        digest.update(path.read_bytes())
    return Schema(events, flag_tables, appended_flags, ids, categories, old_names, syscalls, digest.hexdigest()[:16])


def _lines(path: Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines that say something."""
    text = path.read_text(encoding="utf-8")
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip() and not line.startswith("#")]


def _rows(path: Path, *columns: int) -> list[list[str]]:
    rows = []
    for number, line in _lines(path):
        row = line.split()
        if len(row) not in columns:
            raise SchemaError(
                f"{path.name}:{number}: expected {' or '.join(map(str, columns))} columns, found {len(row)}"
            )
        rows.append(row)
    return rows


def _read_syscall_ids(path: Path) -> tuple[dict[str, int], dict[int, str], dict[int, str]]:
    ids: dict[str, int] = {}
    categories: dict[int, str] = {}
    old_names: dict[int, str] = {}
    for number, line in _lines(path):
        match = re.match(r"^(\d+) (\S+)(?: (\w+))?(?: was=(\S+))?$", line)
        if match is None or (match[3] and match[3] not in CATEGORIES):
            raise SchemaError(
                f"{path.name}:{number}: expected ID NAME, a category unless it is unknown, and was=NAME where sysdig "
                "0.29.3 has another"
            )
        ids[match[2]] = int(match[1])
        if match[3]:
            categories[int(match[1])] = match[3]
        if match[4]:
            old_names[int(match[1])] = match[4]
    return ids, categories, old_names


def _names(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _read_flags(path: Path) -> tuple[dict[str, dict[str, int]], dict[str, set[str]]]:
    tables: dict[str, dict[str, int]] = {}
    appended: dict[str, set[str]] = {}
    for number, line in _lines(path):
        if re.match(r"^\w+$", line):
            name = line
            tables[name], appended[name] = {}, set()
        elif tables and (match := re.match(r"^(?P<mark>  \+ |    )(?P<name>\S+) (?P<value>\w+)$", line)):
            tables[name][match["name"]] = int(match["value"], 0)
            if "+" in match["mark"]:
                appended[name].add(match["name"])
        else:
            raise SchemaError(f"{path.name}:{number}: expected a table name or an indented NAME VALUE")
    return tables, appended


_PARAM = re.compile(
    r"^(?P<mark>  \+ |    )(?P<name>\S+) (?P<type>\w+)(?:\((?P<argument>\w+)\))? (?P<format>\w+)"
    r"(?: = (?P<source>\S+))?(?: was=(?P<was>.+))?$"
)
_WAS = re.compile(r"^(?P<name>[^:]+):(?P<type>\w+)(?:\((?P<argument>\w+)\))?:(?P<format>\w+)$")


def _read_events(path: Path, flag_tables: dict[str, dict[str, int]]) -> tuple[Event, ...]:
    events: list[Event] = []
    params: list[Param] = []

    def finish() -> None:
        if events:
            last = events[-1]
            events[-1] = replace(last, params=tuple(params))
        params.clear()

    for number, line in _lines(path):
        try:
            if line.startswith(" "):
                params.append(_read_param(line, flag_tables))
            else:
                finish()
                events.append(_read_event(line, expected_code=len(events)))
        except (SchemaError, ValueError) as error:
            raise SchemaError(f"{path.name}:{number}: {error}") from None
    finish()
    return tuple(events)


def _read_event(line: str, expected_code: int) -> Event:
    words = line.split()
    if int(words[0]) != expected_code:
        raise SchemaError(f"code {words[0]} stands where {expected_code} was expected")
    if words[2:] == ["unused"]:
        return Event(expected_code, words[1], "NA", ("unknown",), ("unused",))
    if len(words) != 5:
        raise SchemaError("expected CODE ENUM NAME CATEGORIES FLAGS")
    categories, flags = _names(words[3]), _names(words[4].replace("+", ""))
    appended = tuple(flag[1:] for flag in _names(words[4]) if flag.startswith("+"))
    for name, known in ((categories, CATEGORIES), (flags, EVENT_FLAGS)):
        unknown = set(name) - set(known)
        if unknown:
            raise SchemaError(f"unknown name {sorted(unknown)[0]}")
    return Event(expected_code, words[1], words[2], categories, flags, appended_flags=appended)


def _read_param(line: str, flag_tables: dict[str, dict[str, int]]) -> Param:
    match = _PARAM.match(line)
    if not match:
        raise SchemaError("expected NAME TYPE FORMAT [= SOURCE] [was=NAME:TYPE:FORMAT]")
    was = None
    if match["was"]:
        old = _WAS.match(match["was"])
        if not old:
            raise SchemaError("expected was=NAME:TYPE:FORMAT")
        was = _checked(
            Param(old["name"].replace("\u00a0", " "), old["type"], old["format"], old["argument"] or ""), flag_tables
        )
    return _checked(
        Param(
            match["name"],
            match["type"],
            match["format"],
            match["argument"] or "",
            match["source"] or "",
            match["mark"] == "  + ",
            was,
        ),
        flag_tables,
    )


def _checked(param: Param, flag_tables: dict[str, dict[str, int]]) -> Param:
    if param.type not in PARAM_TYPES:
        raise SchemaError(f"unknown parameter type {param.type}")
    if param.format not in PRINT_FORMATS:
        raise SchemaError(f"unknown print format {param.format}")
    if param.argument:
        if param.type == "dyn":
            known = param.argument in DYNAMIC_TABLES
        elif param.type in ("fspath", "fsrelpath"):
            known = param.argument.isdigit()
        else:
            known = param.argument in flag_tables
        if not known:
            raise SchemaError(f"unknown table {param.argument}")
    return param
