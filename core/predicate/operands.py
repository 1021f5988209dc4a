"""Which fields a kernel can tell, of which events, and as what."""

from __future__ import annotations

import re
from typing import NamedTuple

from tracer.core.predicate.formula import Test
from tracer.core.schema.tables import EventType, Param

WORD_BITS = 64
C_INT_BITS = 32

THREAD_IDS = {"proc.pid": "pid", "proc.ppid": "ppid", "user.uid": "uid", "group.gid": "gid"}
"""Fields that come from the thread table, and their operands."""

SOCKET_ENDS = {
    "fd.port": ("local port", "remote port"),
    "fd.sport": ("local port", "remote port"),
    "fd.cport": ("local port", "remote port"),
    "fd.lport": ("local port", "remote port"),
    "fd.rport": ("local port", "remote port"),
    "fd.ip": ("local address", "remote address"),
    "fd.sip": ("local address", "remote address"),
    "fd.cip": ("local address", "remote address"),
    "fd.lip": ("local address", "remote address"),
    "fd.rip": ("local address", "remote address"),
    "fd.net": ("local address", "remote address"),
    "fd.snet": ("local address", "remote address"),
    "fd.cnet": ("local address", "remote address"),
    "fd.lnet": ("local address", "remote address"),
    "fd.rnet": ("local address", "remote address"),
}
"""Fields of a tuple, and the two ends: which of these is the client's, or the server's, the kernel does not know."""

MOVED_BYTES = re.compile(r"evt\.buflen(\.\w+)*")
"""Fields that are the result of calls that read or write, and have no value for others."""

_ARGUMENT = re.compile(r"(as_int\()?arg(\d)\)?")
_BITS = {"8": 8, "16": 16, "32": 32}
_SIGNED = re.compile(r"int\d+|errno|fd|pid|fd32|pid32")
_NARROW = {"syscallid": 16, "sigtype": 8, "port": 16, "l4proto": 8, "sockfamily": 8, "uid": 32, "gid": 32}
_NARROW |= {"sigset": 32, "mode": 32, "bool": 32}
_NUMBERS = re.compile(r"u?int\d+|errno|fd|pid|fd32|pid32|(enum)?flags\d+|" + "|".join(_NARROW))
_TEXTS = ("charbuf", "fspath", "fsrelpath")


class Operand(NamedTuple):
    """What a kernel reads, as in `formula.Test`."""

    name: str
    argument: int = 0
    bits: int = WORD_BITS
    is_signed: bool = True
    is_widened: bool = False
    """Whether a signed number of `bits` bits comes to be an unsigned one of 64."""

    def range(self) -> tuple[int, int]:
        """The least and the greatest value."""
        if self.is_signed and not self.is_widened:
            return -(1 << WORD_BITS - 1), (1 << WORD_BITS - 1) - 1
        return 0, (1 << WORD_BITS) - 1

    def test(self, least: int, greatest: int, words: str) -> Test:
        """Whether it lies between two numbers, or is one of the two."""
        return Test(self.name, (least, greatest), False, self.argument, self.bits, self.is_signed, words=words)


RESULT = Operand("result")


def result_of(event: EventType) -> Operand | None:
    """What `evt.rawres` is; None where the event has none. Raises LookupError where the kernel cannot tell."""
    param = parameter(event, "res")
    if param is None and not event.is_enter and "creates_fd" in event.flags:
        param = parameter(event, "fd")
    if param is None:
        return None
    if param.source != "ret":
        raise LookupError(event.name)
    return RESULT


def parameter(event: EventType, name: str) -> Param | None:
    """The parameter of that name."""
    return next((param for param in event.params if param.name == name), None)


def number_in(param: Param) -> Operand:
    """A parameter that is a number. Raises LookupError."""
    if not _NUMBERS.fullmatch(param.type):
        raise LookupError(param.name)
    is_signed = _SIGNED.fullmatch(param.type) is not None
    digits = re.search(r"\d+", param.type)
    bits = int(digits[0]) if digits else _NARROW.get(param.type, WORD_BITS)
    if param.source == "ret":
        return Operand("result", bits=bits, is_signed=is_signed)
    found = _ARGUMENT.fullmatch(param.source)
    if not found or param.type == "bool":
        raise LookupError(param.name)
    if param.type in ("fd", "pid") or found[1]:  # sign-extended from a C int, whatever holds it
        if bits < C_INT_BITS:
            raise LookupError(param.name)
        return Operand("argument", int(found[2]), C_INT_BITS, is_signed or bits == WORD_BITS, not is_signed)
    return Operand("argument", int(found[2]), bits, is_signed)


def text_in(param: Param) -> Operand:
    """A parameter that is a text in the caller's memory. Raises LookupError."""
    found = _ARGUMENT.fullmatch(param.source)
    if param.type not in _TEXTS or not found or found[1]:
        raise LookupError(param.name)
    return Operand("argument text", int(found[2]))


def descriptor_in(event: EventType) -> Operand:
    """The descriptor that the event is about, given to it as an argument. Raises LookupError."""
    if "uses_fd" not in event.flags or "creates_fd" in event.flags:
        raise LookupError(event.name)
    params = event.params if event.is_enter else event.params[1:]
    return number_in(next((param for param in params if param.type == "fd"), Param("", "", "", "", False)))
