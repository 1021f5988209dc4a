"""A guest: a machine emulated by QEMU that shares this one's files and runs commands for a test."""

from __future__ import annotations

import ctypes
import re
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .kernel import Kernel

BOOT_TIMEOUT_S = 120
HALT_TIMEOUT_S = 30
GRACE_S = 30
PR_SET_PDEATHSIG = 1
CONSOLE_TAIL_LINES = 100

# Warnings go to the console, routine messages do not.
KERNEL_ARGUMENTS = (
    "console=ttyS0 loglevel=5 panic=-1 oops=panic nokaslr mitigations=off no_timer_check tsc=reliable audit=0 "
    "apparmor=0"
)

COMPLAINT = re.compile(
    r"BUG:|BUG |WARNING:|Oops|kernel BUG|general protection|unable to handle|Call Trace|KASAN|UBSAN|refcount_t|"
    r"INFO: task|rcu: INFO|soft lockup|hard LOCKUP|Redzone|Poison overwritten|Object corrupt|Kernel panic|"
    r"scheduling while atomic|sleeping function called|Objects remaining"
)


class GuestError(Exception):
    """The guest did not do what it was asked to; carries the end of its console."""


@dataclass(frozen=True)
class Ran:
    """A command that ran in the guest."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines on stdout."""
        return self.out.splitlines()


class Machine:
    """A running guest. Ends with the `with` block, or with this process."""

    def __init__(
        self,
        kernel: Kernel,
        share: Path,
        *,
        cpus: int = 1,
        memory_mib: int = 1536,
        append: str = "",
        icount: bool = False,
    ) -> None:
        """Boots. `share` is a folder that both can write, at the same path in both.

        `append`: more kernel arguments. `icount`: the guest's clock counts its instructions, one a nanosecond. Raises
        GuestError.
        """
        self.share = share
        self.console = share / "console.log"
        self._commands = 0
        share.mkdir(parents=True, exist_ok=True)
        ours, theirs = socket.socketpair()
        # Emulated CPUs that run in parallel hang while tracepoints are switched.
        accelerator = "tcg,tb-size=256,thread=" + ("single" if cpus > 1 or icount else "multi")
        words = [
            *("qemu-system-x86_64", "-accel", accelerator, "-machine", "q35", "-cpu", "max,la57=off"),
            *(
                "-smp",
                str(cpus),
                "-m",
                str(memory_mib),
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
            ),
            *(
                "-kernel",
                str(kernel.image),
                "-initrd",
                str(kernel.initrd),
                "-append",
                f"{KERNEL_ARGUMENTS} tsc_early_khz={kernel.tsc_khz} {append}",
            ),
            *("-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console"),
            *("-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=root,mount_tag=hostroot"),
            *("-fsdev", f"local,id=shared,path={share},security_model=none,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=shared,mount_tag=shared", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=control,fd={theirs.fileno()}"),
            *("-device", "virtserialport,chardev=control,name=tracer.control"),
        ]
        if icount:
            words += ["-icount", "shift=0,align=off,sleep=on"]
        self._qemu = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent, pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self._control = ours
        self._received = b""
        try:
            self._expect("booted", BOOT_TIMEOUT_S)
            self._send(f"{int(time.time() + 0.5)} {kernel.modules} {share}")
            self._expect("ready", BOOT_TIMEOUT_S)
        except BaseException:
            self.kill()
            raise

    def run(self, command: str | Sequence[str], timeout_s: float = 60, check: bool = True) -> Ran:
        """Runs a shell script, or a command given as words, as root.

        Raises GuestError if the guest dies or hangs, and, with `check`, if the command fails.
        """
        self._commands += 1
        name = f"{self._commands:03}"
        if not isinstance(command, str):
            import shlex

            command = shlex.join(command)
        (self.share / f"{name}.sh").write_text(command + "\n")
        self._send(f"{name} {timeout_s:.0f}")
        status = int(self._expect(name, timeout_s + GRACE_S))
        out, err = ((self.share / f"{name}.{end}").read_text(errors="surrogateescape") for end in ("out", "err"))
        if check and status != 0:
            reason = f"took longer than {timeout_s:.0f} s" if status == 124 else f"ended with {status}"
            raise GuestError(f"{command!r} {reason} in the guest\n{out[-4000:]}\n{err[-4000:]}")
        return Ran(status, out, err)

    def complaints(self) -> list[str]:
        """What the kernel complained of so far: bugs, warnings, stalls, corrupted memory."""
        lines = self.console.read_text(errors="replace").splitlines()
        return [line for line in lines if COMPLAINT.search(line)]

    def close(self) -> None:
        """Switches off."""
        if self._qemu.poll() is None:
            try:
                self._send("halt")
                self._qemu.wait(HALT_TIMEOUT_S)
            except (OSError, subprocess.TimeoutExpired):
                pass
        self.kill()

    def kill(self) -> None:
        """Pulls the plug."""
        if self._qemu.poll() is None:
            self._qemu.kill()
        self._qemu.wait()
        self._control.close()

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, line: str) -> None:
        self._control.sendall(line.encode() + b"\n")

    def _expect(self, word: str, timeout_s: float) -> str:
        """The rest of the next line, which has to begin with `word`."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                self.kill()
                raise self._error(f"the guest did not answer within {timeout_s:.0f} s")
            self._control.settimeout(left)
            try:
                data = self._control.recv(4096)
            except TimeoutError:
                continue
            except ConnectionError:
                data = b""
            if not data:
                self.kill()
                raise self._error("the guest died")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        first, _, rest = line.decode().partition(" ")
        if first != word:
            raise self._error(f"the guest answered {line!r}, not {word!r}")
        return rest

    def _error(self, text: str) -> GuestError:
        tail = self.console.read_text(errors="replace").splitlines()[-CONSOLE_TAIL_LINES:]
        return GuestError("\n".join([f"{text}. The end of its console:", *tail]))


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
