"""From the values as written to the constants that the engine compares with."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, TypeAlias

from tracer.core.filter.errors import FilterError, suggestion
from tracer.core.filter.operators import HEX_OPERATORS, kind_of, number_range
from tracer.core.filter.quoting import encode
from tracer.core.filter.tree import Literal

Constant: TypeAlias = tuple[Any, ...]
"""``("text", bytes)``, ``("number", int)``, ``("real", float)``, ``("address", bytes)``, ``("network", bytes, int)``,
or ``("dynamic", bytes, int | None)``: a text that is also a number."""

_NUMBER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)")
_WORDS = {
    "number": "a number",
    "real": "a number",
    "bool": "true or false",
    "address": "an IP address",
    "network": "a network such as 10.0.0.0/8",
}


def constant(subject: str, type_name: str, operator: str, literal: Literal) -> Constant:
    """The constant that `literal` is where a value of type `type_name` is compared with it.

    `subject` names what is compared, for the error. Raises FilterError.
    """
    kind = kind_of(type_name)
    try:
        if operator in HEX_OPERATORS:
            return "text", bytes.fromhex(literal.text)
        if kind == "number":
            return "number", _number(type_name, literal.text)
        return _CONVERSIONS[kind](literal.text)
    except _OutOfRange as error:
        raise _error(literal, f"{subject} is {error}; {literal.text} is out of range") from None
    except ValueError:
        wanted = "hexadecimal digits" if operator in HEX_OPERATORS else _WORDS[kind]
        if type_name == "port":
            wanted = "a port number or the name of a service"
        raise _error(literal, f"{subject} expects {wanted}, found '{literal.text}'") from None


def check_event_type(literal: Literal) -> None:
    """Raises FilterError if no event and no system call has this name."""
    from tracer.core.schema.tables import EVENT_TYPES, SYSCALL_IDS

    names = {event.name for event in EVENT_TYPES} | set(SYSCALL_IDS)
    if literal.text not in names:
        raise _error(literal, f"there is no event type '{literal.text}'{suggestion(literal.text, names)}")


@lru_cache(maxsize=4096)
def host_addresses(name: str) -> tuple[Constant, ...]:
    """The addresses that this machine's resolver knows a host by; none if it knows none. Each host is asked for once.

    May be called from several threads at a time.
    """
    import socket

    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(sorted({_address(str(address[0]).partition("%")[0]) for *_, address in found}))


class _OutOfRange(ValueError):
    pass


def _error(literal: Literal, message: str) -> FilterError:
    return FilterError(message, literal.span.start, literal.span.end - literal.span.start)


def _integer(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return int(text, 0) if "x" in text.lower() else int(text)


def _number(type_name: str, text: str) -> int:
    if type_name == "port" and not _NUMBER.fullmatch(text):
        import socket

        try:
            return socket.getservbyname(text)
        except OSError:
            raise ValueError from None
    number = _integer(text)
    least, greatest = number_range(type_name)
    # -1 is how "no id" is written for the unsigned ids.
    if least == 0 and -(greatest + 1) // 2 <= number < 0:
        number += greatest + 1
    if not least <= number <= greatest:
        raise _OutOfRange(f"a number from {least} to {greatest}")
    return number


def _bool(text: str) -> Constant:
    if text not in ("true", "false"):
        raise ValueError
    return "number", int(text == "true")


def _network(text: str) -> Constant:
    if "/" not in text:
        raise ValueError
    import ipaddress

    network = ipaddress.ip_network(text, strict=False)
    return "network", network.network_address.packed, network.prefixlen


def _address(text: str) -> Constant:
    if "%" in text:
        raise ValueError
    import ipaddress

    return "address", ipaddress.ip_address(text).packed


def _dynamic(text: str) -> Constant:
    return "dynamic", encode(text), _integer(text) if _NUMBER.fullmatch(text) else None


_CONVERSIONS = {
    "text": lambda text: ("text", encode(text)),
    "bytes": lambda text: ("text", encode(text)),
    "real": lambda text: ("real", float(text)),
    "bool": _bool,
    "address": _address,
    "network": _network,
    "dynamic": _dynamic,
}
