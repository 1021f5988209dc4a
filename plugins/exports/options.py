"""The options of an output format, as ``--option KEY=VALUE`` gives them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracer.core.plugin import PluginError


def refuse_unknown(options: Mapping[str, str], known: Collection[str]) -> None:
    """Raises PluginError for an option that there is not."""
    unknown = sorted(options.keys() - set(known))
    if unknown:
        there = f"there are: {', '.join(sorted(known))}" if known else "this format has none"
        raise PluginError(f"no option {unknown[0]}: {there}")


def choice(options: Mapping[str, str], name: str, choices: Collection[str], default: str) -> str:
    """The option's value, one of `choices`. Raises PluginError."""
    value = options.get(name, default)
    if value not in choices:
        raise PluginError(f"option {name}: {value!r} is none of {', '.join(choices)}")
    return value


def positive(options: Mapping[str, str], name: str, default: float) -> float:
    """The option's value, a number greater than 0. Raises PluginError."""
    text = options.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise PluginError(f"option {name}: {text!r} is no number greater than 0")
    return value
