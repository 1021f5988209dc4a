"""How values are printed in chisels: expected texts are what sysdig's own Lua functions print."""

from __future__ import annotations

import random

import pytest

from tracer.plugins.chisels.lua_order import in_table_order
from tracer.plugins.chisels.text import duration, extend, fixed, hundredths, size


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0ns"),
        (999, "999ns"),
        (1_000, "1.00us"),
        (9_990, "9.99us"),
        (10_000, "10us"),
        (1_234_567, "1.23ms"),
        (12_345_678, "12ms"),
        (1_100_000_000, "1.10s"),
        (61_999_999_999, "61.99s"),
    ],
)
def test_durations(ns: int, text: str) -> None:
    assert duration(ns) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0B"), (1024, "1024B"), (1230, "1.20KB"), (1 << 20, "1024.00KB"), (3 << 30, "3.00G")]
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(("value", "text"), [(10.625, "10.63"), (0.125, "0.13"), (1.005, "1.00"), (100.335, "100.33")])
def test_what_is_just_between_two_hundredths_is_rounded_up(value: float, text: str) -> None:
    assert hundredths(value) == text


def test_columns_count_bytes_and_end_with_a_space() -> None:
    assert extend("abc", 5) == "abc  "
    assert extend("abcde", 5) == "abcd "
    assert extend("\u00e9\u00e9", 5) == "\u00e9\u00e9 "
    assert fixed("abcdef", 3) == "abc"


def test_numbers_come_in_the_order_of_a_luajit_table() -> None:
    lupa = pytest.importorskip("lupa.luajit21")
    fill = lupa.LuaRuntime().eval(
        "function(...) local t, keys = {}, {} for i = 1, select('#', ...) do t[select(i, ...)] = true end "
        "for key in pairs(t) do keys[#keys + 1] = key end return keys end"
    )
    chance = random.Random(5)
    for _ in range(300):
        highest = chance.choice([5, 30, 100, 1000, 4_000_000])
        keys = [chance.randint(0, highest) for _ in range(chance.randint(1, 100))]
        assert in_table_order(keys) == list(fill(*keys).values())
