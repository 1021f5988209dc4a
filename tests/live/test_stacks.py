"""Stack traces tell how a program and the kernel came to the end of a system call, where they are asked for."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import tracer
from tests.conftest import RunTracer
from tracer.core.driver import DriverError

pytestmark = pytest.mark.live

SOURCE = Path(__file__).with_name("chain.c")
CALL_OF_ITS_OWN = "evt.type=getppid"
RECORD_HEADER = struct.Struct("<QQIHI")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program whose main calls first, which calls second, which calls third, which calls getppid."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    path = tmp_path / "chain"
    subprocess.run(["gcc", "-O0", "-fno-omit-frame-pointer", SOURCE, "-o", path], check=True)
    return path


def stacks_of_getppid(program: Path, stacks: list[str]) -> tuple[list[str], list[str], tracer.Event]:
    """Functions of the program's and the kernel's stack, and the event."""
    process = subprocess.Popen(["/bin/sh", "-c", f"read go; exec {program}"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    try:
        with tracer.live(driver="ebpf", pid=process.pid, stacks=stacks, filter=CALL_OF_ITS_OWN) as events:
            process.stdin.write(b"\n")
            process.stdin.flush()
            # The shell may ask for its parent too: the program is the one that ends asking.
            event = next(event for event in events if event["proc.name"] == "chain")
            user, kernel = event["evt.stack.user"], event["evt.stack.kernel"]
    finally:
        process.communicate(b"\n")
    return functions(user), functions(kernel), event


def functions(text: str | None) -> list[str]:
    """Without distances."""
    return [frame.split("+")[0] for frame in text.split(";")] if text else []


def test_the_chain_of_functions_that_led_to_a_call(program: Path) -> None:
    user, kernel, _ = stacks_of_getppid(program, ["user"])
    assert user[:4] == ["third", "second", "first", "main"]
    assert kernel == []


def test_what_the_kernel_was_doing(program: Path) -> None:
    user, kernel, _ = stacks_of_getppid(program, ["kernel"])
    assert user == []
    assert "do_syscall_64" in kernel


def test_both_stacks_leave_the_known_parameters_as_they_are(program: Path) -> None:
    user, kernel, event = stacks_of_getppid(program, ["user", "kernel"])
    assert user[:4] == ["third", "second", "first", "main"]
    assert "do_syscall_64" in kernel
    assert event.params["nativeID"] == 110


def test_without_stacks_records_have_no_parameter_more(program: Path) -> None:
    user, kernel, event = stacks_of_getppid(program, [])
    assert (user, kernel) == ([], [])
    assert RECORD_HEADER.unpack_from(event.raw)[-1] == len(event.params)


def test_a_recording_with_stacks_is_read_like_any_other(
    program: Path, tmp_path: Path, tracer_command: RunTracer
) -> None:
    capture = tmp_path / "stacks.scap"
    ran = tracer_command(
        "run", "--driver", "ebpf", "--stacks", "both", "-w", capture, "--", "sh", "-c", f"echo | {program}"
    )
    assert ran.status == 0, ran.err
    with tracer.open(capture, filter="evt.type=getppid and proc.name=chain and evt.dir=<") as events:
        shown = [event["evt.stack.user"].split(";") for event in events]
    assert len(shown) == 1
    assert len(shown[0]) >= 4
    assert all(frame.startswith("[unknown] 0x") for frame in shown[0])
    with tracer.open(capture, filter="evt.type=execve and evt.dir=< and proc.name=chain") as events:
        assert [event.params["comm"] for event in events] == ["chain"]


def test_bcc_has_no_stacks() -> None:
    with pytest.raises(DriverError, match="bcc"):
        tracer.live(driver="ebpf:bcc", stacks=["user"])
