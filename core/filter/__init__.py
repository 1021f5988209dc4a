"""The filter language: which events are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.core.filter.errors import FilterError
from tracer.core.filter.parser import join_words, parse

if TYPE_CHECKING:
    from tracer.core._engine import Filter
    from tracer.core.filter.filter_set import FilterSet as FilterSet

__all__ = ["FilterError", "FilterSet", "compile_filter", "join_words", "parse"]


def compile_filter(text: str) -> Filter:
    """The filter that the engine evaluates. Raises FilterError, which says what is wrong and where."""
    from tracer.core import _engine
    from tracer.core.filter.compiler import encode_filter
    from tracer.core.filter.registry import EngineRegistry

    return _engine.Filter(encode_filter(parse(text), EngineRegistry(), text))


def __getattr__(name: str) -> object:
    """`FilterSet`, loaded when it is first asked for."""
    if name != "FilterSet":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tracer.core.filter.filter_set import FilterSet

    return FilterSet
