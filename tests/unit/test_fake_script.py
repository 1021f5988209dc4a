"""Scripts: what their methods say is what the engine sees."""

from __future__ import annotations

import pytest

import tracer
from tracer.core.records import DescriptorEntry
from tracer.drivers.fake.script import START_NS, Script


@pytest.fixture
def script() -> Script:
    return Script()


def fields(script: Script, *names: str, filter: str | None = None) -> list[tuple[object, ...]]:
    with tracer.play(script.source(), filter=filter) as events:
        return [tuple(event[name] for name in names) for event in events]


def test_a_file_keeps_its_name_from_open_to_close(script):
    cat = script.process("cat", pid=100, args=["/etc/passwd"])
    cat.openat("/etc/passwd", returns=3)
    cat.read(3, b"root:x")
    cat.close(3)
    assert fields(script, "evt.type", "fd.num", "fd.name", "proc.name") == [
        ("openat", 3, "/etc/passwd", "cat"),
        ("read", 3, "/etc/passwd", "cat"),
        ("close", 3, "/etc/passwd", "cat"),
    ]


def test_a_relative_path_starts_from_the_current_directory(script):
    shell = script.process("sh", pid=100, cwd="/tmp")
    shell.open("a", returns=3)
    shell.chdir("/var")
    shell.openat("b", returns=4)
    assert fields(script, "fd.name", filter="evt.type in (open, openat)") == [("/tmp/a",), ("/var/b",)]


def test_an_error_is_given_by_name(script):
    script.process("cat", pid=100).openat("/nothing", returns="ENOENT")
    assert fields(script, "evt.res", "evt.failed") == [("ENOENT", True)]


def test_descriptors_that_were_open_before_have_names(script):
    descriptors = [DescriptorEntry(1, "file", "/dev/tty"), DescriptorEntry(5, "ipv4", "1.2.3.4:5->6.7.8.9:80")]
    process = script.process("old", pid=100, descriptors=descriptors)
    process.write(1, b"x")
    process.write(5, b"y")
    assert fields(script, "fd.name") == [("/dev/tty",), ("1.2.3.4:5->6.7.8.9:80",)]


def test_a_child_has_its_parent_and_its_own_program(script):
    shell = script.process("sh", pid=100)
    child = shell.fork(pid=101)
    child.execve("/bin/ls", ["-l", "/"])
    child.exit(3)
    shell.event("getpid", ID="getpid")
    assert fields(script, "evt.type", "proc.name", "proc.pid", "proc.ppid", "proc.args") == [
        ("clone", "sh", 100, 1, ""),
        ("clone", "sh", 101, 100, ""),
        ("execve", "ls", 101, 100, "-l /"),
        ("procexit", "ls", 101, 100, "-l /"),
        ("getpid", "sh", 100, 1, ""),
    ]


def test_a_thread_shares_the_descriptors_of_its_process(script):
    process = script.process("worker", pid=100)
    thread = process.thread(tid=102)
    process.open("/data", returns=3)
    thread.read(3, b"x")
    assert fields(script, "thread.tid", "proc.pid", "fd.name", filter="evt.type=read") == [(102, 100, "/data")]


def test_a_connection_has_both_ends(script):
    client = script.process("client", pid=100)
    client.socket(returns=4)
    client.connect(4, "10.0.0.1:80", source="10.0.0.2:4000")
    client.write(4, b"GET")
    assert fields(script, "fd.name", "fd.sport", filter="evt.type=write") == [("10.0.0.2:4000->10.0.0.1:80", 80)]


def test_a_server_accepts_a_client(script):
    server = script.process("server", pid=100)
    server.socket("AF_INET6", returns=3)
    server.bind(3, "[::1]:443")
    server.listen(3)
    server.accept4(3, client="[::2]:5000", server="[::1]:443", returns=5)
    server.read(5, b"hello")
    assert fields(script, "fd.name", filter="evt.type=read") == [("::2:5000->::1:443",)]


def test_any_event_of_the_schema_can_be_told(script):
    process = script.process("p", pid=100)
    process.event("SIGNALDELIVER_E", spid=1, dpid=100, sig="SIGTERM")
    process.event("mkdir", returns="EEXIST", path="/tmp", mode=0o755)
    process.event("PPME_SYSCALL_READ_E", fd=3, size=10)
    assert fields(script, "evt.type", "evt.dir") == [("signaldeliver", ">"), ("mkdir", "<"), ("read", ">")]


def test_wrong_events_and_parameters_are_refused_when_they_are_told(script):
    process = script.process("p", pid=100)
    with pytest.raises(LookupError, match="did you mean openat"):
        process.event("opennat")
    with pytest.raises(TypeError, match="no parameter 'filename'"):
        process.event("openat", filename="x")
    with pytest.raises(TypeError, match="no result"):
        process.event("PROCEXIT_1_E", returns=0)
    with pytest.raises(ValueError, match="not a name"):
        process.open("/x", returns="ENOSUCH")
    assert fields(script, "evt.type") == []


def test_enter_events_come_before_the_exit_and_carry_what_both_know():
    script = Script(enter_events=True)
    script.process("p", pid=100).read(3, b"abc", size=10)
    with tracer.play(script.source()) as events:
        enter, leave = events
    assert (enter.is_enter, enter.params) == (True, {"fd": 3, "size": 10})
    assert (leave.is_enter, leave.params["res"]) == (False, 3)


def test_time_goes_by_steps_and_waits(script):
    process = script.process("p", pid=100)
    process.cpu = 1
    process.close(1)
    script.wait(2)
    process.close(2)
    with tracer.play(script.source()) as events:
        seen = [(event.time, event.cpu) for event in events]
    assert seen == [(START_NS, 1), (START_NS + 1000 + 2 * 10**9, 1)]


def test_a_script_can_be_played_again(script):
    script.process("p", pid=100).close(1)
    assert fields(script, "evt.num") == fields(script, "evt.num") == [(1,)]
