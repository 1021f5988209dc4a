"""Plugins of other packages, installed by pip: they appear wherever tracer's own do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CAPTURES

EXAMPLES = Path(__file__).parents[2] / "examples"
PROJECTS = ("field_plugin", "chisel_plugin", "container_engine", "strace_driver")

# A driver whose events are of this machine, now: only for such a stream container engines are asked.
CONTAINER_ID = "3ad7b26ded6d"
BOXED = f"""
import time

from tracer.core.driver import Readiness, Statistics, hookimpl
from tracer.core.records import encode_frame, encode_record

CGROUPS = ["cpu=/docker/{CONTAINER_ID}" + "8" * 52]


class Source:
    def __init__(self):
        self.steps = [0.0, 0.0, 0.1, 0.3, 0.6]

    def tables(self):
        return None

    def read(self, timeout_s):
        if not self.steps:
            return None
        time.sleep(self.steps.pop(0))
        now = time.time_ns()
        if len(self.steps) == 4:
            given = {{"res": 0, "exe": "sh", "comm": "sh", "tid": 4194200, "pid": 4194200, "ptid": 1}}
            given["cgroups"] = CGROUPS
            return encode_frame(encode_record("clone", now, 4194200, given, fill=True))
        return encode_frame(encode_record("getuid", now, 4194200, {{}}, fill=True))

    def replan(self, plan):
        pass

    def statistics(self):
        return Statistics()

    def close(self):
        self.steps = []


class Boxed:
    name = "boxed"
    summary = "a process in a container"
    capabilities = frozenset()

    def readiness(self, argument):
        return Readiness(True)

    def open(self, argument, plan):
        return Source()


@hookimpl
def tracer_drivers():
    return [Boxed()]
"""

TINY = str(CAPTURES / "07-tiny.scap")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip has installed the examples into, and a driver."""
    folder = tmp_path_factory.mktemp("third-party")
    for project in PROJECTS:
        shutil.copytree(EXAMPLES / project, folder / project, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    (folder / "boxed").mkdir()
    (folder / "boxed" / "tracer_boxed.py").write_text(BOXED)
    (folder / "boxed" / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "tracer-boxed"\nversion = "2.5"\n[project.entry-points.tracer]\nboxed = "tracer_boxed"\n'
        '[tool.setuptools]\npy-modules = ["tracer_boxed"]\n'
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    sources = [folder / project for project in (*PROJECTS, "boxed")]
    subprocess.run([*pip, "--target", folder / "site", *sources], check=True)
    return folder / "site"


@pytest.fixture
def tracer(site: Path, tmp_path: Path):
    """Runs the `tracer` command with what is installed there in reach."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRACER_", "SUDO_"))}
        environment |= {"PYTHONPATH": path, "TZ": "UTC"} | variables
        command = [sys.executable, "-m", "tracer.core.cli", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_all_are_listed_with_what_they_provide_and_from_where(tracer):
    done = tracer("plugins", "--json")
    plugins = {plugin["name"]: plugin for plugin in json.loads(done.stdout)["plugins"]}
    assert plugins["places"]["distribution"] == "tracer-places 0.1.0"
    assert plugins["places"]["provides"] == {"fields": ["place.name", "place.opened"]}
    assert plugins["opened"]["provides"] == {"chisels": ["opened_by_program"]}
    assert plugins["roster"]["provides"] == {"container_engines": ["roster"]}
    assert plugins["strace"]["provides"] == {"drivers": ["strace"]}
    assert plugins["boxed"]["distribution"] == "tracer-boxed 2.5"
    assert done.returncode == 0
    assert "opened, from tracer-opened 0.1.0\n    chisels: opened_by_program\n" in tracer("plugins").stdout


def test_the_drivers_are_among_the_drivers(tracer):
    assert {"strace", "boxed", "fake", "ebpf"} <= {
        driver["name"] for driver in json.loads(tracer("drivers", "--json").stdout)["drivers"]
    }


def test_the_fields_are_listed_with_type_and_argument(tracer):
    assert re.search(r"^place\.name +Where the file is: configuration", tracer("-l").stdout, re.MULTILINE)
    assert "place.opened                  (UINT64, argument optional) How many files" in tracer("-lv").stdout
    assert "| `place.name` | CHARBUF |" in tracer("--list-markdown").stdout


def test_the_fields_work_in_filters_and_formats(tracer):
    done = tracer("-r", TINY, "-p", "%place.name %fd.name", "evt.type=openat and place.name=configuration")
    lines = done.stdout.splitlines()
    assert lines
    assert {line.split()[0] for line in lines} == {"configuration"}
    # The same events by the engine's own means.
    own = tracer(
        "-r", TINY, "-p", "configuration %fd.name", "evt.type=openat and fd.name startswith /etc/ and fd.type=file"
    )
    assert lines == own.stdout.splitlines()


def test_a_field_that_follows_the_stream_counts_what_its_filter_does_not_let_through(tracer):
    opens = tracer("-r", TINY, "-p", "%thread.tid", "evt.type=openat and fd.num>=0 and fd.name startswith /lib/")
    counted = [int(tid) for tid in opens.stdout.split()]
    done = tracer("-r", TINY, "-p", "%thread.tid %place.opened[libraries]", "evt.type=exit_group and proc.name=date")
    for line in done.stdout.splitlines():
        tid, count = map(int, line.split())
        assert count >= counted.count(tid) > 0


def test_an_argument_that_is_wrong_is_answered_by_the_plugin(tracer):
    done = tracer("-r", TINY, "place.opened[garden]>1")
    assert done.returncode == 2
    assert "place.opened[garden]: there is no such place; there are: configuration, programs" in done.stderr


def test_a_field_that_is_nearly_meant_is_suggested(tracer):
    assert "did you mean place.name?" in tracer("-r", TINY, "place.nam=logs").stderr


def test_the_fields_work_in_json_exports_and_python(tracer, site):
    line = tracer("-r", TINY, "-j", "-p", "%evt.num %place.name", "-n", "1", "place.name=libraries").stdout
    assert json.loads(line)["place.name"] == "libraries"
    exported = tracer(
        "export",
        "--to",
        "json",
        "-p",
        "place.name,place.opened",
        "-n",
        "2",
        TINY,
        "place.name=logs or place.name=libraries",
    )
    assert [json.loads(each)["place.name"] for each in exported.stdout.splitlines()] == ["libraries", "libraries"]
    code = (
        "import sys, tracer\n"
        f"with tracer.open({TINY!r}, filter='place.name=libraries') as events:\n"
        "    print(next(events)['place.name'])\n"
        "    print(events.to_arrow(['place.name']).column(0).unique().to_pylist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["libraries", "['libraries']"], done.stderr


def test_a_field_that_follows_the_stream_does_so_for_exports_rules_and_chisels_too(tracer, tmp_path):
    words = ("-p", "%place.opened", "evt.type=procexit and proc.name=date")
    opened = tracer("-r", TINY, *words).stdout.split()
    assert opened
    assert "0" not in opened
    exported = tracer("export", "--to", "json", *words[:1], "place.opened", TINY, words[2]).stdout.splitlines()
    assert [str(json.loads(line)["place.opened"]) for line in exported] == opened
    (tmp_path / "rules.yaml").write_text(
        "- rule: Well read\n  desc: A process that opens many files\n  priority: NOTICE\n"
        "  condition: evt.type=procexit and proc.name=date and place.opened > 0\n"
        "  output: opened %place.opened libraries %place.opened[libraries]\n"
    )
    alerts = tracer("rules", "-r", "rules.yaml", "-e", TINY)
    assert re.findall(r"opened (\d+) libraries", alerts.stdout) == opened, alerts.stderr
    code = (
        "from tracer.core.plugin import ChiselBase, Needs, hookimpl\n"
        "class Last(ChiselBase):\n"
        "    name, category, summary = 'last', 'Test', 'Last'\n"
        "    def needs(self): return Needs('evt.type=procexit and proc.name=date', fields=('place.opened',))\n"
        "    def on_event(self, event): self.environment.write(f\"{event['place.opened']}\\n\")\n"
        "@hookimpl\ndef tracer_chisels(): return [Last]\n"
    )

    information = tmp_path / "last-1.dist-info"
    information.mkdir()
    (tmp_path / "last_chisel.py").write_text(code)
    (information / "METADATA").write_text("Name: last\nVersion: 1\n")
    (information / "entry_points.txt").write_text("[tracer]\nlast = last_chisel\n")
    # The current folder is on the path of `python -m`.
    assert tracer("-r", TINY, "-c", "last").stdout.split() == opened


def test_the_fields_are_explained_and_widen_what_is_recorded(tracer):
    done = tracer("explain", "place.opened[logs]>1 and evt.type=close", "--driver", "boxed")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    assert "beside place.opened: (fd.num >= 0) and evt.type in (creat, open, openat, openat2)" in shown


def test_the_chisel_is_listed_described_and_run(tracer):
    assert re.search(r"^opened_by_program *\n? *Files that each", tracer("-cl").stdout, re.MULTILINE)
    described = tracer("-i", "opened_by_program").stdout
    assert "lists those it opens most" in " ".join(described.split())
    assert "how many files of each program (3)" in described
    done = tracer("-r", TINY, "-c", "opened_by_program", "1", "proc.name=cat")
    opened = tracer("-r", TINY, "-p", "%fd.name", "proc.name=cat and evt.type=openat and fd.num>=0").stdout.splitlines()
    first, *files = done.stdout.splitlines()
    assert first == f"cat: {len(opened)}"
    assert len(files) == 1
    assert files[0].split()[1] in opened


def test_the_chisel_refuses_an_argument_in_one_line(tracer):
    done = tracer("-r", TINY, "-c", "opened_by_program", "many")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tracer: -c opened_by_program: 'many' is no number of files\n"


@pytest.fixture
def roster(tmp_path: Path) -> str:
    file = tmp_path / "roster.json"
    file.write_text(json.dumps({CONTAINER_ID: {"name": "shop", "image": "shop:1.2", "labels": {"team": "sales"}}}))
    return str(file)


SHOWN = "%evt.type %container.id %container.name %container.image %container.label[team]"


def test_the_container_engine_names_the_container_and_a_recording_knows_it(tracer, roster):
    live = tracer("--driver", "boxed", "-p", SHOWN, "container.id!=host", TRACER_ROSTER=roster)
    assert live.stdout.splitlines()[-1] == f"getuid {CONTAINER_ID} shop shop:1.2 sales", live.stderr
    recorded = tracer("--driver", "boxed", "-w", "boxed.scap", TRACER_ROSTER=roster)
    assert recorded.returncode == 0, recorded.stderr
    read = tracer("-r", "boxed.scap", "-p", SHOWN, "container.name=shop")
    assert read.stdout.splitlines()[-1] == f"getuid {CONTAINER_ID} shop shop:1.2 sales"


def test_a_container_that_no_engine_knows_is_not_named(tracer, tmp_path):
    (tmp_path / "empty.json").write_text("{}")
    live = tracer(
        "--driver", "boxed", "-p", f"*{SHOWN}", "container.id!=host", TRACER_ROSTER=str(tmp_path / "empty.json")
    )
    assert f"getuid {CONTAINER_ID} <NA> <NA> <NA>" in live.stdout.splitlines()


def test_without_plugins_nothing_of_theirs_is_there(tracer):
    for switched_off in (("--no-plugins",), ()):
        variables = {} if switched_off else {"TRACER_DISABLE_PLUGINS": "1"}
        assert (
            "there is no field place.name" in tracer(*switched_off, "-r", TINY, "place.name=logs", **variables).stderr
        )
        names = [
            one["name"] for one in json.loads(tracer(*switched_off, "plugins", "--json", **variables).stdout)["plugins"]
        ]
        assert "places" not in names
        assert "fake" in names
    done = tracer("plugins", "--json", TRACER_DISABLE_PLUGINS="places, opened")
    assert {"places", "opened"}.isdisjoint(one["name"] for one in json.loads(done.stdout)["plugins"])
    assert "roster" in done.stdout


def test_under_sudo_what_the_callers_path_adds_is_refused_with_a_reason(tracer):
    if os.geteuid() != 0:
        pytest.skip("only root can be the one that sudo makes of another user")
    done = tracer("plugins", SUDO_UID="1000")
    assert re.search(r"^! plugin places of tracer-places 0\.1\.0 is left out: .*under sudo", done.stdout, re.MULTILINE)
    assert re.search(r"^fake, from tracer ", done.stdout, re.MULTILINE)
    assert "there is no field place.name" in tracer("-r", TINY, "place.name=logs", SUDO_UID="1000").stderr
