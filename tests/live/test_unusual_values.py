"""Values that are long, deep, binary or no text at all, and processes that begin and end in unusual ways."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracer
from tests.conftest import TRACER
from tracer.core import _engine

pytestmark = pytest.mark.live

MOST_TEXT = 4096
"""Bytes that are kept of arguments, environments and paths."""


def events_of(tmp_path: Path, program: str, *options: str) -> Iterator[_engine.Event]:
    """All events of a Python program that runs in `tmp_path`; none may be dropped, and it must succeed."""
    capture = tmp_path.parent / f"{tmp_path.name}.scap"
    ran = subprocess.run(
        [TRACER, "run", *options, "-w", capture, "--", sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert ran.returncode == 0, ran.stderr
    assert "dropped" not in ran.stderr
    with tracer.open(capture) as events:
        yield from (event for event in events if not event.is_enter or event.name == "procexit")


def named(events: Iterator[_engine.Event], name: str) -> list[_engine.Event]:
    return [event for event in events if event.name == name and event.params.get("res", 0) >= 0]


def words(value: bytes) -> list[bytes]:
    """What NULs separate, each with its own at the end."""
    assert value.endswith(b"\0")
    return value.split(b"\0")[:-1]


def test_arguments_and_environments_are_cut_at_4096_bytes(tmp_path: Path) -> None:
    program = """
import os
os.waitpid(os.posix_spawn('/bin/true', ['true', 'A' * 3000, 'B' * 3000], {'E': 'e' * 6000}), 0)
os.waitpid(os.posix_spawn('/bin/true', ['true', '', 'one\\ntwo', '\\udcff'], {}), 0)
"""
    long, odd = (event for event in named(events_of(tmp_path, program), "execve") if event.params["exe"] == "true")
    assert words(long.params["args"]) == [b"A" * 3000, b"B" * (MOST_TEXT - 3000 - 2)]
    assert words(long.params["env"]) == [b"E=" + b"e" * (MOST_TEXT - 3)]
    assert words(odd.params["args"]) == [b"", b"one\ntwo", b"\xff"]


def test_names_that_are_no_utf8_stay_as_they_are(tmp_path: Path) -> None:
    program = "import os; os.rename(os.fsdecode(b'a\\xff'), os.fsdecode(b'\\x1b[31m\\xe9'))"
    (tmp_path / os.fsdecode(b"a\xff")).touch()
    (rename,) = named(events_of(tmp_path, program), "rename")
    assert os.fsencode(rename.params["oldpath"]) == b"a\xff"
    assert os.fsencode(rename.params["newpath"]) == b"\x1b[31m\xe9"


def test_the_longest_path_is_whole(tmp_path: Path) -> None:
    program = """
import os
try: os.open('./' * 2046 + 'abc', os.O_RDONLY)
except FileNotFoundError: pass
"""
    names = [event.params["name"] for event in events_of(tmp_path, program) if event.name == "openat"]
    assert "./" * 2046 + "abc" in names


def test_an_executable_in_a_deep_directory_keeps_the_end_of_its_path(tmp_path: Path) -> None:
    program = """
import os, shutil
for level in range(80):
    os.mkdir('d'); os.chdir('d')
shutil.copy('/bin/true', 'deep')
os.waitpid(os.posix_spawn('./deep', ['deep'], {}), 0)
for level in range(30):
    os.mkdir('n' * 200); os.chdir('n' * 200)
shutil.copy('/bin/true', 'deeper')
os.waitpid(os.posix_spawn('./deeper', ['deeper'], {}), 0)
"""
    executed = {event.params["exe"]: event for event in named(events_of(tmp_path, program), "execve")}
    assert executed["deep"].params["trusted_exepath"].endswith("/d" * 50 + "/deep")
    assert executed["deeper"].params["trusted_exepath"].endswith("n" * 200 + "/deeper")


def test_data_is_taken_as_it_is(tmp_path: Path) -> None:
    program = "import os; r, w = os.pipe(); os.write(w, bytes(range(256)) * 8); os.read(r, 4096)"
    events = [event for event in events_of(tmp_path, program, "-s", "2000") if event.params.get("res") == 2048]
    assert [event.name for event in events] == ["write", "read"]
    assert all(event.params["data"] == (bytes(range(256)) * 8)[:2000] for event in events)


def test_abstract_addresses_carry_their_name(tmp_path: Path) -> None:
    program = """
import socket
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
server.bind('\\0tracer-' + 'q' * 99); server.listen()
client.connect(server.getsockname()); server.accept()
"""
    events = list(events_of(tmp_path, program))
    (bind,) = (event for event in events if event.name == "bind")
    assert "tracer-" + "q" * 99 in bind.params["addr"]
    for name in ("connect", "accept4"):
        (event,) = (event for event in events if event.name == name)
        assert "tracer-" + "q" * 99 in event.params["tuple"][2]


def test_a_thread_that_executes_a_program_becomes_its_process(tmp_path: Path) -> None:
    program = """
import os, threading, time
os.write(1, b'%d' % os.getpid())
threading.Thread(target=os.execv, args=('/bin/sh', ['sh', '-c', 'umask 77; /bin/true last; :'])).start()
time.sleep(20)
"""
    events = list(events_of(tmp_path, program))
    (told,) = (event for event in events if event.name == "write" and event.params["fd"] == 1)
    shell, true = (event for event in events if event.name == "execve" and event.params["exe"] in ("sh", "/bin/true"))
    assert shell.params["pid"] == shell.tid == told.tid
    assert words(true.params["args"]) == [b"last"]
    assert true.params["ptid"] == told.tid
    assert {event.tid for event in events if event.name == "umask"} == {told.tid}


def test_300_short_processes_are_all_there_from_start_to_end(tmp_path: Path) -> None:
    program = """
import os
for i in range(300): os.waitpid(os.posix_spawn('/bin/true', ['true', str(i)], {}), 0)
"""
    events = list(events_of(tmp_path, program))
    executed = [event for event in named(iter(events), "execve") if event.params["exe"] == "true"]
    assert [event.params["args"] for event in executed] == [b"%d\0" % i for i in range(300)]
    ended = {event.tid for event in events if event.name == "procexit"}
    assert {event.tid for event in executed} <= ended
