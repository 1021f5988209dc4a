"""Loading plugins: what one does wrong stays its own problem."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from tracer.core.cli.commands.plugins import as_text, what_they_provide
from tracer.core.entry_points import InstalledDistribution, InstalledEntryPoint, installed_entry_points
from tracer.core.plugin_trust import why_untrusted
from tracer.core.plugins import load_plugins


class InstalledAs(Distribution):
    """A distribution that exists only by name."""

    def __init__(self, name: str) -> None:
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


DRIVER_MODULE = """
from tracer.core.driver import Readiness, hookimpl

class Ticks:
    name = {name!r}
    summary = "ticks"
    capabilities = frozenset()
    def readiness(self, argument):
        return Readiness(usable=True)
    def open(self, argument, plan):
        raise NotImplementedError

@hookimpl
def tracer_drivers():
    return [Ticks()]
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a module of this text and an entry point to it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, text: str, distribution: str = "someone-elses") -> EntryPoint:
        module = f"plugin_{name}_{tmp_path.name}"
        (tmp_path / f"{module}.py").write_text(text)
        point = EntryPoint(name, module, "tracer")
        vars(point)["dist"] = InstalledAs(distribution)
        return point

    return make


def test_a_driver_of_another_distribution_is_found_and_says_whose_it_is(plugin):
    plugins = load_plugins([plugin("ticks", DRIVER_MODULE.format(name="ticks"))])
    assert plugins.failures == []
    assert plugins.drivers["ticks"].distribution == "someone-elses 1.0"
    assert plugins.drivers["ticks"].thing.summary == "ticks"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line second line"),
        (
            "from tracer.core.driver import hookimpl\n@hookimpl\ndef tracer_drivers():\n    return 1 / 0",
            "ZeroDivisionError: division by zero",
        ),
        (
            "from tracer.core.driver import hookimpl\n@hookimpl\ndef tracer_drivers():\n    return [object()]",
            "is not a driver",
        ),
        (
            "from tracer.core.driver import hookimpl\n@hookimpl\ndef tracer_drivers(nonsense):\n    return []",
            "PluginValidationError",
        ),
        (
            "from tracer.core.driver import hookimpl\n@hookimpl\ndef tracer_no_such_hook():\n    return []",
            "unknown hook 'tracer_no_such_hook'",
        ),
        (DRIVER_MODULE.format(name="a:b"), "cannot be a driver's name"),
    ],
)
def test_a_broken_plugin_is_left_out_and_named_and_the_others_work(plugin, text, error):
    before = plugin("aaa", DRIVER_MODULE.format(name="aaa"))
    after = plugin("zzz", DRIVER_MODULE.format(name="zzz"))
    plugins = load_plugins([before, plugin("broken", text, "bad-one"), after])
    assert sorted(plugins.drivers) == ["aaa", "zzz"]
    (failure,) = plugins.failures
    assert (failure.plugin, failure.distribution) == ("broken", "bad-one 1.0")
    assert error in failure.error
    assert "\n" not in str(failure)
    assert "broken" in str(failure)
    assert "bad-one 1.0" in str(failure)


SHAPES = """
from tracer.core.plugin import ChiselBase, ConsumerKind, Field, hookimpl

class Thing:
    name = "thing"
    summary = "a thing"

class Count(ChiselBase):
    name = "count"
    summary = "counts"

@hookimpl
def tracer_{hook}():
    return {answer}
"""


@pytest.mark.parametrize(
    ("hook", "answer", "error"),
    [
        ("fields", "[Thing()]", "is not a field"),
        ("fields", "[Field('a', 'charbuf', 'A.', print)]", "cannot be a field's name"),
        ("fields", "[Field('a.b', 'charbuf', 'A.', None)]", "a.b: extract is not callable"),
        ("fields", "[Field('a.b', 'charbuf', 'A.', print, per='cpu')]", "a.b: per is 'cpu'"),
        ("fields", "[Field('fd.name', 'charbuf', 'A.', print)]", "the field name fd.name is tracer's own"),
        ("consumers", "[Thing()]", "is not a kind of consumer"),
        ("chisels", "[Thing()]", "is not a chisel: it lacks"),
        ("chisels", "7", "TypeError: 'int' object is not iterable"),
        ("outputs", "[Thing()]", "is not an output format"),
        ("commands", "[Thing()]", "is not a command"),
        ("container_engines", "[Thing()]", "is not a container engine"),
    ],
)
def test_an_answer_of_the_wrong_shape_leaves_its_plugin_out_and_no_other(plugin, hook, answer, error):
    right = SHAPES.format(hook="chisels", answer="[Count]")
    plugins = load_plugins(
        [plugin("wrong", SHAPES.format(hook=hook, answer=answer), "bad-one"), plugin("right", right)]
    )
    provided = what_they_provide(plugins)
    assert provided == {"right": {"chisels": ["count"]}}
    (failure,) = plugins.failures
    assert (failure.plugin, failure.distribution) == ("wrong", "bad-one 1.0")
    assert error in failure.error
    assert f"! {failure}" in as_text(plugins, provided).splitlines()


def test_a_command_cannot_take_the_name_of_tracers_own(plugin):
    text = SHAPES.format(hook="commands", answer="[Run()]") + (
        "class Run(Thing):\n    name = 'export'\n"
        "    def add_arguments(self, parser): pass\n    def run(self, arguments): return 0\n"
    )
    plugins = load_plugins([plugin("taking", text)])
    assert dict(plugins.commands) == {}
    assert "the command name export is tracer's own" in plugins.failures[0].error


def test_disabled_plugins_are_not_even_imported(plugin):
    broken = plugin("broken", "raise RuntimeError")
    own = plugin("own", DRIVER_MODULE.format(name="own"), "tracer")
    assert load_plugins([broken, own], {"broken"}).failures == []
    assert list(load_plugins([broken, own], {"1"}).drivers) == ["own"]
    assert list(load_plugins([broken, own], {"own", "all"}).drivers) == []


def test_a_plugin_that_fails_leaves_no_hook_behind(plugin):
    text = DRIVER_MODULE.format(name="half") + "\n@hookimpl\ndef tracer_no_such_hook():\n    pass\n"
    plugins = load_plugins([plugin("half", text), plugin("whole", DRIVER_MODULE.format(name="whole"))])
    assert [next(iter(answer)).name for answer in plugins.manager.hook.tracer_drivers()] == ["whole"]


def test_of_two_drivers_with_one_name_tracers_own_stays(plugin):
    own = plugin("own", DRIVER_MODULE.format(name="ticks"), "tracer")
    other = plugin("an_early_name", DRIVER_MODULE.format(name="ticks"), "aardvark")
    plugins = load_plugins([other, own])
    assert plugins.drivers["ticks"].distribution == "tracer 1.0"
    assert "the driver name ticks is taken by tracer 1.0" in plugins.failures[0].error


def test_the_bundled_drivers_are_installed_as_plugins():
    from tracer.core.plugins import installed_plugins

    assert {"fake", "kmod"} <= set(installed_plugins().drivers)


@pytest.fixture
def lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the running installation, while another user has tracer run as root."""
    folder = tmp_path / "site-packages"
    folder.mkdir(mode=0o755)
    monkeypatch.setattr("site.getsitepackages", lambda: [str(folder)])
    monkeypatch.setattr("sys.path", [*sys.path, str(folder)])
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return folder


def installed_in(folder: Path) -> InstalledEntryPoint:
    (folder / "lent_plugin.py").write_text("")
    return InstalledEntryPoint("lent", "lent_plugin", InstalledDistribution("lent", "1.0", folder))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root owns what is root's")
def test_under_sudo_the_running_installations_plugins_are_loaded_unless_others_may_write_there(lent):
    assert why_untrusted(installed_in(lent)) == ""
    lent.chmod(0o777)
    assert "others than root may write to" in why_untrusted(installed_in(lent))
    lent.chmod(0o755)
    os.chown(lent, 1000, 1000)
    assert "others than root may write to" in why_untrusted(installed_in(lent))


def test_under_sudo_what_the_callers_environment_adds_is_not_loaded(lent, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert f"this one is in {elsewhere}" in why_untrusted(installed_in(elsewhere))
    # A module of the same name, found before the one that is installed.
    (elsewhere / "lent_plugin.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    monkeypatch.setattr("sys.path", [str(elsewhere), *sys.path])
    assert f"its code is in {elsewhere}" in why_untrusted(installed_in(lent))


def test_entry_points_are_those_that_importlib_finds():
    from importlib.metadata import entry_points

    for group in ("tracer", "console_scripts"):
        found = {(point.name, point.value.partition("[")[0].strip()) for point in entry_points(group=group)}
        assert {(point.name, point.value) for point in installed_entry_points(group)} == found


def test_importing_the_choice_of_a_driver_loads_no_driver():
    code = "import sys, tracer.core.driver_choice; sys.exit(any(n.startswith('tracer.drivers') for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
