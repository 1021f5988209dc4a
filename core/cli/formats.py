"""Output lines: the default ones, and the notation of the command line."""

from __future__ import annotations

import re

PLAIN = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
"""The line for pipes and files."""

COLOURED = (
    r"*%evt.num %evt.outputtime %evt.cpu \e[01;32m%proc.name\e[00m (\e[01;36m%proc.pid\e[00m.%thread.tid)"
    r" %evt.dir \e[01;34m%evt.type\e[00m %evt.info"
)
"""The line for terminals."""

CONTAINER = (
    "*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name (%thread.tid:%thread.vtid)"
    " %evt.dir %evt.type %evt.info"
)

POD = CONTAINER.replace("%container.name", "%k8s.pod.name")

NAMED = {"c": CONTAINER, "container": CONTAINER, "k": POD, "kubernetes": POD}
"""Formats that -p knows by name."""


def default_format(coloured: bool) -> str:
    """What is printed without -p."""
    return COLOURED if coloured else PLAIN


def resolve(text: str) -> str:
    """What -p means: a named format, or the format itself."""
    return NAMED.get(text, text)


def sets_colours(text: str) -> bool:
    """Whether a format has escape sequences, which may outlast its lines."""
    return "\x1b" in text or r"\e" in text


def field_names(text: str) -> set[str]:
    """The names of the fields in a format, without arguments in brackets."""
    return set(re.findall(r"%(?:\d+)?([a-z][\w.]*)", text))
