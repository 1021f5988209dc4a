"""The chisels that a command line asks for, and their arguments, which no option parser can tell from a filter."""

from __future__ import annotations

from typing import NamedTuple

from tracer.core.cli.failure import WRONG_USAGE, Failure
from tracer.core.plugin import Chisel, PluginError
from tracer.core.plugins import Provided, installed_plugins


class ChosenChisel(NamedTuple):
    """A chisel and what it is given."""

    chisel: Provided[Chisel]
    arguments: tuple[str, ...]


def take_chisels(words: list[str]) -> tuple[list[str], list[ChosenChisel]]:
    """The words that are left, and the chisels, as ``-c NAME [ARGUMENTS]`` asks for them. Raises Failure."""
    left: list[str] = []
    chosen = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        name = _name_in(word)
        if name is None:
            left.append(word)
            continue
        if not name:
            if at == len(words):
                raise Failure(f"{word}: which chisel? tracer -cl lists them", WRONG_USAGE)
            name = words[at]
            at += 1
        if name == "l":
            left.append("-cl")
            continue
        chisel = find_chisel(name)
        text = words[at] if at < len(words) and _takes(chisel.thing, words[at:]) else None
        at += text is not None
        chosen.append(ChosenChisel(chisel, split_arguments(chisel.thing, text)))
    return left, chosen


def find_chisel(name: str) -> Provided[Chisel]:
    """The chisel of this name: a plugin's, or one that a finder finds. Raises Failure."""
    plugins = installed_plugins()
    found = plugins.chisels.get(name) or _found_elsewhere(name)
    if found is not None:
        return found
    from difflib import get_close_matches

    near = get_close_matches(name, plugins.chisels, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise Failure(f"-c: there is no chisel {name}{hint}; tracer -cl lists them", WRONG_USAGE)


def _found_elsewhere(name: str) -> Provided[Chisel] | None:
    finders = installed_plugins().chisel_finders
    prefix, colon, rest = name.partition(":")
    if colon and prefix in finders:
        finders, name = {prefix: finders[prefix]}, rest
    for finder in finders.values():
        try:
            chisel = finder.thing.find(name)
        except PluginError as error:
            raise Failure(f"-c {name}: {error}", WRONG_USAGE) from None
        if chisel is not None:
            return Provided(chisel, finder.plugin, finder.distribution)
    return None


def _name_in(word: str) -> str | None:
    """What a word says of a chisel: its name, "" if the next word is it; None if it is about something else."""
    if word == "--chisel" or word == "-c":
        return ""
    if word.startswith("--chisel="):
        return word.removeprefix("--chisel=")
    return word[2:] if word.startswith("-c") and word != "-cl" else None


def _takes(chisel: Chisel, words: list[str]) -> bool:
    """Whether the next word is the chisel's: it needs one, or may have one that is not the filter."""
    if not chisel.arguments:
        return False
    if not all(argument.is_optional for argument in chisel.arguments):
        return True
    if words[0].startswith("-"):
        return False
    if len(chisel.arguments) == 1 and chisel.arguments[0].kind == "filter":
        return True
    from tracer.core.filter import FilterError, compile_filter

    end = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        compile_filter(" ".join(words[:end]))
    except FilterError:
        return True
    return False


def split_arguments(chisel: Chisel, text: str | None) -> tuple[str, ...]:
    """The arguments in a word: spaces part them, quotes keep spaces. Raises Failure for too few or too many."""
    needed = sum(not argument.is_optional for argument in chisel.arguments)
    if len(chisel.arguments) == 1 and chisel.arguments[0].kind == "filter" and text is not None:
        return (_unquoted(text.strip()),)
    given = () if text is None else _split(chisel, text.strip())
    names = " ".join(f"[{one.name}]" if one.is_optional else one.name for one in chisel.arguments) or "none"
    if not needed <= len(given) <= len(chisel.arguments):
        raise Failure(
            f"-c {chisel.name}: it takes the arguments {names}, and {len(given)} are given; several stand in one word, "
            f"as in: -c {chisel.name} 'FIRST SECOND'; tracer -i {chisel.name} says what they are",
            WRONG_USAGE,
        )
    return given


def _unquoted(text: str) -> str:
    """The text without the quotes around it, if they are around all of it."""
    quote = text[:1]
    is_quoted = quote in ("'", "`") and len(text) > 1 and text.find(quote, 1) == len(text) - 1
    return text[1:-1] if is_quoted else text


def _split(chisel: Chisel, text: str) -> tuple[str, ...]:
    parts = [""]
    quote = False
    for character in text:
        if character in "'`":
            quote = not quote
        elif character == " " and not quote:
            parts.append("")
        else:
            parts[-1] += character
    if quote:
        raise Failure(f"-c {chisel.name}: a quote in its arguments is not closed", WRONG_USAGE)
    return tuple(parts) if text else ()
