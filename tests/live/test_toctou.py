"""A second thread changes what a call was given while the call runs: the start of the call tells what the kernel got.

Opening a named pipe and connecting to a full socket wait in the kernel, which has copied its arguments by then.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TRACER

pytestmark = pytest.mark.live

RACE = """
import ctypes, os, signal, socket, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
os.mkfifo('asked')
os.mkfifo('shown')
name = ctypes.create_string_buffer(b'asked', 64)
how = ctypes.create_string_buffer(struct.pack('QQQ', 0, 0, 8))
begun, finished = threading.Event(), threading.Event()

def wait_until_asleep(tid):
    while open(f'/proc/self/task/{tid}/stat').read().rpartition(')')[2].split()[0] != 'S': time.sleep(0.01)
    time.sleep(0.1)

def in_a_thread(*call):
    def body():
        global tid
        tid = threading.get_native_id()
        begun.set()
        libc.syscall(*call)
        finished.set()
    thread = threading.Thread(target=body)
    thread.start()
    begun.wait()
    time.sleep(0.1)
    wait_until_asleep(tid)
    return thread
"""

OPEN = (
    RACE
    + """
thread = in_a_thread(*eval(sys.argv[1]))
if sys.argv[2] == 'changed': name.value = b'shown'
if sys.argv[2] == 'how changed': how[16] = 0
other = os.open('asked', os.O_RDWR | os.O_NONBLOCK)
thread.join()
"""
)

INTERRUPTED = (
    RACE
    + """
signal.signal(signal.SIGUSR1, lambda *_: None)
signal.siginterrupt(signal.SIGUSR1, True)
thread = in_a_thread(2, name, os.O_RDONLY)
name.value = b'shown'
while not finished.is_set():
    signal.pthread_kill(thread.ident, signal.SIGUSR1)
    time.sleep(0.05)
thread.join()
"""
)

CONNECT = (
    RACE
    + """
server = socket.socket(socket.AF_UNIX)
server.bind('server')
server.listen(0)
first = socket.socket(socket.AF_UNIX)
first.connect('server')
client = socket.socket(socket.AF_UNIX)
address = ctypes.create_string_buffer(struct.pack('=H', socket.AF_UNIX) + b'server', 64)
thread = in_a_thread(42, client.fileno(), address, 2 + len('server'))
address[2:8] = b'honest'
server.accept()
server.accept()
thread.join()
"""
)

FORMAT = "%evt.type %evt.is_toctou %evt.rawres name=%evt.arg.name fd=%fd.name"


def lines(tmp_path: Path, program: str, *words: str, options: tuple[str, ...] = ()) -> list[str]:
    """What tracer prints of the calls that had something to do with the names of the programs above."""
    command: list[str | Path] = [TRACER, "run", *options, "-p", f"*{FORMAT}"]
    command += ["evt.type in (open,openat,openat2,creat,connect) and evt.dir='<' and proc.name startswith python"]
    command += ["--", sys.executable, "-c", program, *words]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    return [line for line in ran.stderr.splitlines() if f"name={tmp_path}/" in line]


CALLS = {
    "open": "(2, name, os.O_RDONLY)",
    "openat": "(257, -100, name, os.O_RDONLY)",
    "openat2": "(437, -100, name, how, 24)",
    "creat": "(85, name, 0o600)",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_changed_name_is_noticed_and_the_descriptor_has_the_one_the_kernel_got(tmp_path: Path, call: str) -> None:
    found = [line for line in lines(tmp_path, OPEN, CALLS[call], "changed") if line.startswith(f"{call} true")]
    (line,) = found
    assert line.endswith(f" name={tmp_path}/shown fd={tmp_path}/asked")


@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_stays_is_not_reported(tmp_path: Path, call: str) -> None:
    found = lines(tmp_path, OPEN, CALLS[call], "unchanged")
    assert [line for line in found if line.startswith(call + " ")]
    assert not [line for line in found if " true " in line]


def test_a_change_of_how_to_open_is_noticed(tmp_path: Path) -> None:
    (line,) = (line for line in lines(tmp_path, OPEN, CALLS["openat2"], "how changed") if line.startswith("openat2"))
    assert line == f"openat2 true {line.split()[2]} name={tmp_path}/asked fd={tmp_path}/asked"


def test_a_change_is_noticed_even_if_the_call_fails(tmp_path: Path) -> None:
    (line,) = (line for line in lines(tmp_path, INTERRUPTED) if line.startswith("open true"))
    assert line.split()[2:4] == ["-512", f"name={tmp_path}/shown"]  # ERESTARTSYS


def test_a_changed_address_is_noticed_and_the_socket_has_the_one_the_kernel_got(tmp_path: Path) -> None:
    command: list[str | Path] = [TRACER, "run", "-p", "%evt.type %evt.arg.addr %fd.name", "evt.is_toctou=true"]
    command += ["--", sys.executable, "-c", CONNECT]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    line = ran.stderr.splitlines()[-1]
    call, address, name = line.split(maxsplit=2)
    assert (call, address) == ("connect", "honest")
    assert name.endswith("server")


def test_the_option_delivers_the_start_of_these_calls_alone(tmp_path: Path) -> None:
    command: list[str | Path] = [TRACER, "run", "--toctou", "-p", "%evt.dir %evt.type"]
    command += ["--", "/bin/sh", "-c", "umask; : < /dev/null"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
    assert ran.returncode == 0, ran.stderr
    starts = {line.split()[1] for line in ran.stderr.splitlines() if line.startswith(">")}
    # The last call and the end of a thread have nothing but a start.
    assert starts == {"openat", "exit_group", "procexit"}
