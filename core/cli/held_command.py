"""A command that is started but held back at its first instruction, until everything is ready to follow it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal

from tracer.core.cli.failure import Failure

# From <linux/ptrace.h> and <linux/prctl.h>.
PTRACE_CONT = 7
PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
PTRACE_O_TRACEEXEC = 1 << 4
PTRACE_O_EXITKILL = 1 << 20
PTRACE_EVENT_EXEC = 4
PR_SET_CHILD_SUBREAPER = 36

NOT_FOUND = 127
NOT_EXECUTABLE = 126
"""Exit statuses of a command that could not be started, as shells have them."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class HeldCommand:
    """Runs a command: held at the end of its execve() at first, then let go, then reaped with all its descendants.

    Descendants that lose their parent become children of this process, so that their end is seen too.
    """

    def __init__(self, words: list[str]) -> None:
        """Starts the command. Raises Failure if it cannot be started."""
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.exit_status: int | None = None
        """Of the command itself: 128+n if signal n ended it; None while it runs."""
        gate, open_gate = os.pipe()
        error_pipe, error_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(open_gate)
            _become(words, gate, error_end)
        os.close(gate)
        os.close(error_end)
        try:
            self._hold(open_gate)
            self._wait_for_exec(words[0], error_pipe)
        finally:
            os.close(error_pipe)

    def release(self) -> None:
        """Lets the command run."""
        _ptrace(PTRACE_DETACH, self.pid)

    def kill(self) -> None:
        """Ends the command, wherever it is."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.all_ended(wait=True)

    def all_ended(self, wait: bool = False) -> bool:
        """Reaps what has ended; True once the command and all its descendants have."""
        try:
            while True:
                pid, status = os.waitpid(-1, 0 if wait else os.WNOHANG)
                if pid == 0:
                    return False
                if pid == self.pid:
                    code = os.waitstatus_to_exitcode(status)
                    self.exit_status = code if code >= 0 else 128 - code
        except ChildProcessError:
            return True

    def _hold(self, open_gate: int) -> None:
        """Has the command stop inside execve(): the first event that it makes afterwards is that call's end."""
        try:
            _ptrace(PTRACE_SEIZE, self.pid, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
        except OSError as error:
            self.kill()
            raise Failure(f"cannot hold the command back before it starts (ptrace: {error.strerror})") from None
        finally:
            os.close(open_gate)

    def _wait_for_exec(self, name: str, error_pipe: int) -> None:
        while True:
            _, status = os.waitpid(self.pid, 0)
            if not os.WIFSTOPPED(status):
                error = int(os.read(error_pipe, 16) or b"0")
                self.exit_status = NOT_FOUND if error in (0, 2) else NOT_EXECUTABLE
                raise Failure(f"{name}: {os.strerror(error) if error else 'could not start'}", self.exit_status)
            if status >> 8 == signal.SIGTRAP | PTRACE_EVENT_EXEC << 8:
                return
            _ptrace(PTRACE_CONT, self.pid, os.WSTOPSIG(status))


def _become(words: list[str], gate: int, error_end: int) -> None:
    """In the child: waits until the gate is closed, then becomes the command. Never returns."""
    try:
        os.read(gate, 1)
        # Python ignores these; a command expects them to be as usual.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execvp(words[0], words)
    except OSError as error:
        os.write(error_end, str(error.errno).encode())
    finally:
        os._exit(NOT_FOUND)


def _ptrace(request: int, pid: int, data: int = 0) -> None:
    if _libc.ptrace(request, pid, None, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
