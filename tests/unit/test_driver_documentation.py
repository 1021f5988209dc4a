"""The code in docs/drivers.md does what the text says."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import tracer
from tracer.core.driver import Plan
from tracer.core.plugins import load_plugins

DOCUMENT = Path(__file__).parents[2] / "docs" / "drivers.md"
SCRIPT, DRIVER = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_script_plays_the_events_that_it_tells():
    names: dict[str, object] = {}
    exec(SCRIPT, names)
    assert names["names"] == ["openat", "read", "fstat", "close"]


def test_the_driver_loads_as_a_plugin_and_ticks(monkeypatch):
    module = ModuleType("my_clock")
    exec(DRIVER, module.__dict__)
    monkeypatch.setitem(sys.modules, "my_clock", module)
    plugins = load_plugins([EntryPoint("clock", "my_clock", "tracer")])
    assert plugins.failures == []
    driver = plugins.drivers["clock"].thing
    assert not driver.readiness("").usable
    assert driver.readiness("3").usable
    with tracer.play(driver.open("3", Plan())) as events:
        seen = [(event.thread.name, event.name, event.params["fd"]) for event in events]
        assert seen == [("clock", "close", 2), ("clock", "close", 1), ("clock", "close", 0)]
        assert events.statistics.emitted == 3
