"""Which comparisons there are, and which fit which types of values."""

from __future__ import annotations

OPERATORS = (
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "in",
    "intersects",
    "pmatch",
    "exists",
    "glob",
    "iglob",
    "regex",
)

_EQUALITY = frozenset({"=", "!=", "in", "intersects", "exists"})
_ORDER = frozenset({"<", "<=", ">", ">="})

FITTING_OPERATORS: dict[str, frozenset[str]] = {
    "text": _EQUALITY
    | _ORDER
    | {"contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "pmatch"},
    "number": _EQUALITY | _ORDER,
    "real": _EQUALITY | _ORDER,
    "bool": _EQUALITY,
    "bytes": _EQUALITY | {"contains", "bcontains", "startswith", "bstartswith", "endswith"},
    "address": _EQUALITY,
    "network": _EQUALITY,
    "dynamic": _EQUALITY | _ORDER | {"contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex"},
    "opaque": frozenset({"exists"}),
}
"""Operators by kind of value."""

HEX_OPERATORS = frozenset({"bcontains", "bstartswith"})
"""Their values are bytes in hexadecimal digits."""

_TEXT_TYPES = ("charbuf", "fspath", "fsrelpath", "string")
_SIGNED_BITS = {
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
    "errno": 64,
    "fd": 64,
    "pid": 64,
    "fd32": 32,
    "pid32": 32,
}
_UNSIGNED_BITS = {
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "syscallid": 16,
    "sigtype": 8,
    "reltime": 64,
    "abstime": 64,
    "port": 16,
    "l4proto": 8,
    "sockfamily": 8,
    "flags8": 8,
    "flags16": 16,
    "flags32": 32,
    "enumflags8": 8,
    "enumflags16": 16,
    "enumflags32": 32,
    "uid": 32,
    "gid": 32,
    "mode": 32,
    "sigset": 32,
}
_OTHER_KINDS = {
    "double": "real",
    "bool": "bool",
    "bytebuf": "bytes",
    "ipaddr": "address",
    "ipv4addr": "address",
    "ipv6addr": "address",
    "ipnet": "network",
    "ipv4net": "network",
    "ipv6net": "network",
    "dyn": "dynamic",
}


def kind_of(type_name: str) -> str:
    """The kind of a field type: text, number, real, bool, bytes, address, network, dynamic or opaque."""
    if type_name in _TEXT_TYPES:
        return "text"
    if type_name in _SIGNED_BITS or type_name in _UNSIGNED_BITS:
        return "number"
    return _OTHER_KINDS.get(type_name, "opaque")


def number_range(type_name: str) -> tuple[int, int]:
    """The least and the greatest number of a type of kind number."""
    if type_name in _SIGNED_BITS:
        half = 1 << (_SIGNED_BITS[type_name] - 1)
        return -half, half - 1
    return 0, (1 << _UNSIGNED_BITS[type_name]) - 1
