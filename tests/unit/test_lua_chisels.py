"""Lua chisels: what the scripts are given, and what is told of those that are wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.conftest import Ran, RunTracer

ABOUT = 'description = "d"\nshort_description = "s"\ncategory = "c"\nargs = {}\n'


class Scripts:
    """Runs scripts over a capture."""

    def __init__(self, folder: Path, capture: Path, command: RunTracer) -> None:
        self._folder, self._capture, self._command = folder, capture, command

    def run(self, source: str, *words: str, about: str = ABOUT) -> Ran:
        path = self._folder / "script.lua"
        path.write_text(about + source)
        return self._command("-r", self._capture, *words[1:], "-c", str(path), *words[:1])


@pytest.fixture
def scripts(tmp_path: Path, captures: Path, tracer_command: RunTracer) -> Scripts:
    pytest.importorskip("lupa")
    return Scripts(tmp_path, captures / "07-tiny.scap", tracer_command)


def test_fields_have_the_types_that_sysdig_gives_them(scripts: Scripts) -> None:
    ran = scripts.run(
        """
        function on_init()
          names = {"evt.num", "evt.type", "evt.is_io_read", "evt.rawarg.data", "fd.cip", "evt.latency"}
          fields = {}
          for i, name in ipairs(names) do fields[i] = chisel.request_field(name) end
          chisel.set_filter("evt.type=read and evt.dir=< and evt.rawres>0")
          return true
        end
        function on_event()
          local types = {}
          for i, field in ipairs(fields) do types[i] = type(evt.field(field)) end
          print(table.concat(types, " "))
          sysdig.end_capture()
          return true
        end
        """
    )
    assert ran.lines == ["number string boolean string nil number"], ran.err


def test_the_event_itself_can_be_asked(scripts: Scripts, tracer_command: RunTracer, captures: Path) -> None:
    ran = scripts.run(
        """
        function on_init() chisel.set_filter("evt.num=12") return true end
        function on_event()
          print(evt.get_num(), evt.get_type(), evt.get_cpuid(), evt.get_ts())
          return true
        end
        """
    )
    format = "%evt.num\t%evt.type\t%evt.cpu\t%evt.rawtime.s\t%evt.rawtime.ns"
    assert ran.out == tracer_command("-r", captures / "07-tiny.scap", "-p", format, "evt.num=12").out


def test_the_callbacks_come_in_order(scripts: Scripts) -> None:
    ran = scripts.run(
        """
        function on_set_arg(name, value) print("arg", name, value) return true end
        function on_init() print("init") return true end
        function on_capture_start() print("start", sysdig.is_live(), sysdig.is_tty()) return true end
        function on_event() if not seen then seen = true print("event") end return true end
        function on_capture_end(s, ns, delta) print("end", s > 0, ns < 1e9, delta > 0) end
        """,
        "value",
        about=ABOUT.replace("args = {}", 'args = {{name = "one", description = "", argtype = "string"}}'),
    )
    assert ran.lines == ["arg\tone\tvalue", "init", "start\tfalse\tfalse", "event", "end\ttrue\ttrue\ttrue"], ran.err


def test_intervals_call_back(scripts: Scripts) -> None:
    ran = scripts.run(
        """
        calls = 0
        function on_init() chisel.set_precise_interval_ns(100000000) return true end
        function on_interval(s, ns, delta) calls = calls + 1 return delta == 100000000 end
        function on_capture_end(s, ns, delta) print(calls == math.floor(delta / 100000000)) end
        """
    )
    assert ran.lines == ["true"], ran.err


def test_threads_and_descriptors_are_tables(scripts: Scripts, tracer_command: RunTracer, captures: Path) -> None:
    ran = scripts.run(
        """
        function on_event() sysdig.end_capture() return true end
        function on_capture_end()
          local thread = sysdig.get_thread_table("fd.name=/dev/null")[1]
          print(thread.comm, thread.pid, thread.username, thread.fdtable[0].name, thread.fdtable[1])
          print(sysdig.get_thread_table_barebone_nofds()[1].comm)
        end
        """
    )
    assert ran.lines == ["busybox\t1\troot\t/dev/null\tnil", "nil"], ran.err


def test_times_are_texts_that_can_be_added(scripts: Scripts) -> None:
    ran = scripts.run(
        """
        function on_init()
          local time = sysdig.make_ts(1700000000, 123456789)
          print(time, sysdig.add_ts(time, "1"), sysdig.subtract_ts(time, "123456789"))
          return true
        end
        """
    )
    assert ran.lines == ["1700000000123456789\t1700000000123456790\t1700000000000000000"], ran.err


def test_a_script_may_go_on_as_another(scripts: Scripts, tmp_path: Path) -> None:
    (tmp_path / "other.lua").write_text(
        'args = {{name = "a", description = "", argtype = "string"}}\n'
        'function on_set_arg(name, value) print("other", value) return true end\n'
    )
    path = tmp_path / "other.lua"
    ran = scripts.run(f'function on_init() chisel.exec("{path}", "x y") end')
    assert ran.lines == ["other\tx y"], ran.err


def test_lines_can_be_printed_by_a_format(scripts: Scripts) -> None:
    ran = scripts.run(
        """
        function on_init()
          chisel.set_filter("evt.num=12")
          chisel.set_event_formatter("%evt.num %evt.type")
          return true
        end
        """
    )
    assert ran.lines[0].startswith("12 "), ran.err


def test_datagrams_are_sent(scripts: Scripts) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        port = server.getsockname()[1]
        scripts.run(
            f'function on_init() sysdig.udp_setpeername("127.0.0.1", "{port}") sysdig.udp_send("hello") return true end'
        )
        assert server.recv(100) == b"hello"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("function on_init() return false end", "on_init() failed"),
        ("function on_init() error('oh') end", "oh"),
        ("function on_init(", "script"),
        ("function on_init() chisel.request_field('no.such') return true end", "no.such"),
        ("function on_event() local a = nil + 1 end", "nil"),
        ("function on_capture_start() return false end", "on_capture_start"),
    ],
)
def test_what_is_wrong_is_told(scripts: Scripts, source: str, message: str) -> None:
    ran = scripts.run(source)
    assert ran.status != 0
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_script_cannot_reach_python(scripts: Scripts) -> None:
    ran = scripts.run("function on_init() print(python, evt.field.__class__) return true end")
    assert "class" not in ran.out


def test_directories_are_searched(tmp_path: Path, captures: Path, tracer_command: RunTracer) -> None:
    pytest.importorskip("lupa")
    (tmp_path / "mine.lua").write_text(ABOUT + 'function on_init() print("mine") return true end')
    environment = {"TRACER_CHISEL_DIR": str(tmp_path)}
    assert tracer_command("-r", captures / "07-tiny.scap", "-c", "mine", **environment).lines == ["mine"]
    listed = tracer_command("-cl", **environment)
    assert "mine            s" in listed.lines
    assert "Category: c" in listed.lines
