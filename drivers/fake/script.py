"""Scripted events: a run of a few processes, told in Python, that plays like any other source.

script = Script()
cat = script.process("cat", pid=100, args=["/etc/passwd"])
cat.openat("/etc/passwd", returns=3)
cat.read(3, b"root:x:0:0")
cat.close(3)
cat.exit()
with tracer.play(script.source()) as events:
    ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tracer.core.records import (
    AT_FDCWD,
    DescriptorEntry,
    MachineEntry,
    ThreadEntry,
    Value,
    encode_frame,
    encode_record,
    encode_tables,
    event_type,
)
from tracer.core.schema.tables import EVENT_TYPES, SYSCALL_IDS, SYSCALLS, EventType
from tracer.drivers.fake.options import ReplayOptions
from tracer.drivers.fake.replay import Replay, Section

START_NS = 1_700_000_000_000_000_000
"""When a script begins, in nanoseconds since the epoch, unless it says otherwise."""

THREAD_FLAGS = "CLONE_THREAD|CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND"
_NUMBERS = {name: number for number, (name, _) in SYSCALLS["x86_64"].items()}


class Script:
    """Builds events in the order in which its threads' methods are called."""

    def __init__(self, *, start_ns: int = START_NS, step_ns: int = 1000, enter_events: bool = False) -> None:
        """Each event comes `step_ns` after the one before; with `enter_events` each call has its enter event too."""
        self.time_ns = start_ns
        self.step_ns = step_ns
        self.enter_events = enter_events
        self.machine = MachineEntry(hostname="scripted", cpu_count=2)
        self._threads: list[ThreadEntry] = []
        self._frames: list[bytes] = []

    def process(
        self,
        name: str,
        *,
        pid: int,
        args: Sequence[str] = (),
        exe: str | None = None,
        ppid: int = 1,
        cwd: str = "/",
        uid: int = 0,
        gid: int = 0,
        descriptors: Sequence[DescriptorEntry] = (),
    ) -> ScriptedThread:
        """A process that is there from the start. `exe` is `name` unless given, `args` are the arguments after it."""
        entry = ThreadEntry(
            tid=pid,
            pid=pid,
            ptid=ppid,
            name=name,
            exe=exe or name,
            args=tuple(args),
            cwd=cwd,
            uid=uid,
            gid=gid,
            descriptors=tuple(descriptors),
        )
        self._threads.append(entry)
        return ScriptedThread(self, entry)

    def wait(self, seconds: float) -> None:
        """Lets time pass before the next event."""
        self.time_ns += round(seconds * 1e9)

    def source(self, options: ReplayOptions | None = None) -> Replay:
        """A source that plays what the script holds now; each call makes one that begins anew."""
        tables, frames = encode_tables(self._threads, self.machine), tuple(self._frames)
        return Replay(_ScriptRecording(tables, frames), options or ReplayOptions())

    def add(self, kind: EventType, tid: int, cpu: int, params: dict[str, Value]) -> None:
        """Adds one event; parameters not given get the nothing of their type."""
        self._frames.append(encode_frame(encode_record(kind, self.time_ns, tid, params, fill=True), cpu))
        self.time_ns += self.step_ns


class _ScriptRecording:
    """What a script held at one moment."""

    def __init__(self, tables: bytes, frames: Sequence[bytes]) -> None:
        self._tables = tables
        self._frames = frames

    def sections(self) -> Iterator[Section]:
        """One section."""
        yield Section(self._tables, [b"".join(self._frames)])


class ScriptedThread:
    """A thread whose methods are its system calls.

    `returns` is what the call gives back: a number, or an error's name such as "ENOENT".
    """

    def __init__(self, script: Script, entry: ThreadEntry, cpu: int = 0) -> None:
        self._script = script
        self._entry = entry
        self.cpu = cpu
        """The CPU that its next events come from."""

    @property
    def tid(self) -> int:
        """Thread id."""
        return self._entry.tid

    @property
    def pid(self) -> int:
        """Process id."""
        return self._entry.pid

    def event(self, name: str, /, **params: Value) -> None:
        """Any event, by the name of a system call (its exit event) or of an event type (SYSCALL_READ_X).

        Its parameters go by their names in the schema; those not given are nothing. `returns` stands for the first
        parameter of a call's exit event, its result. Raises LookupError, TypeError, ValueError.
        """
        if name in SYSCALL_IDS and SYSCALLS["x86_64"].get(_NUMBERS.get(name, -1), ("", ""))[1] == "generic":
            params = {"ID": name, "nativeID": _NUMBERS[name], **params}
            name = "GENERIC_X"
        kind = event_type(name)
        if "returns" in params:
            result = params.pop("returns")
            if kind.is_enter or not kind.params or kind.params[0].name not in ("res", "fd"):
                raise TypeError(f"{kind.enum} has no result that `returns` could set")
            params = {kind.params[0].name: result} | params
        if self._script.enter_events and not kind.is_enter:
            enter = EVENT_TYPES[kind.code - 1]
            names = {param.name for param in enter.params}
            given = {name: value for name, value in params.items() if name in names}
            self._script.add(enter, self.tid, self.cpu, given)
        self._script.add(kind, self.tid, self.cpu, params)

    def open(self, path: str, flags: int | str = "O_RDONLY", mode: int = 0, *, returns: int | str) -> None:
        """Opens a file."""
        self.event("open", fd=returns, name=path, flags=flags, mode=mode)

    def openat(
        self, path: str, flags: int | str = "O_RDONLY", mode: int = 0, *, dirfd: int = AT_FDCWD, returns: int | str
    ) -> None:
        """Opens a file, relative to a directory."""
        self.event("openat", fd=returns, dirfd=dirfd, name=path, flags=flags, mode=mode)

    def close(self, fd: int, *, returns: int | str = 0) -> None:
        """Closes a descriptor."""
        self.event("close", res=returns, fd=fd)

    def read(self, fd: int, data: bytes = b"", *, size: int = 4096, returns: int | str | None = None) -> None:
        """Reads `data`; returns its length unless told otherwise."""
        self.event("read", res=len(data) if returns is None else returns, data=data, fd=fd, size=size)

    def write(self, fd: int, data: bytes = b"", *, returns: int | str | None = None) -> None:
        """Writes `data`; returns its length unless told otherwise."""
        self.event("write", res=len(data) if returns is None else returns, data=data, fd=fd, size=len(data))

    def socket(self, domain: int | str = "AF_INET", type: int = 1, proto: int = 0, *, returns: int | str) -> None:
        """Makes a socket; types are 1 for a stream, 2 for datagrams."""
        self.event("socket", fd=returns, domain=domain, type=type, proto=proto)

    def bind(self, fd: int, address: str, *, returns: int | str = 0) -> None:
        """Gives a socket its address: "10.0.0.1:80", "[::1]:80" or a path."""
        self.event("bind", res=returns, addr=address, fd=fd)

    def listen(self, fd: int, backlog: int = 128, *, returns: int | str = 0) -> None:
        """Makes a socket listen."""
        self.event("listen", res=returns, fd=fd, backlog=backlog)

    def connect(self, fd: int, address: str, *, source: str = "", returns: int | str = 0) -> None:
        """Connects a socket to `address`, from `source` (an unspecified address of the same kind unless given)."""
        self.event("connect", res=returns, tuple=_connection(source, address), fd=fd, addr=address)

    def accept4(self, fd: int, *, client: str, server: str = "", returns: int | str) -> None:
        """Accepts a connection on a listening socket."""
        self.event("accept4", fd=returns, tuple=_connection(client, server or client))

    def pipe2(self, read_fd: int, write_fd: int, *, returns: int | str = 0) -> None:
        """Makes a pipe."""
        self.event("pipe2", res=returns, fd1=read_fd, fd2=write_fd)

    def dup(self, fd: int, *, returns: int | str) -> None:
        """Copies a descriptor."""
        self.event("dup", res=returns, oldfd=fd)

    def chdir(self, path: str, *, returns: int | str = 0) -> None:
        """Changes the current directory."""
        self.event("chdir", res=returns, path=path)
        if returns == 0:
            self._entry = replace(self._entry, cwd=path)

    def kill(self, pid: int, signal: int | str, *, returns: int | str = 0) -> None:
        """Sends a signal."""
        self.event("kill", res=returns, pid=pid, sig=signal)

    def fork(self, *, pid: int) -> ScriptedThread:
        """Makes a child process; seen from the parent, then from the child."""
        return self._clone(replace(self._entry, tid=pid, pid=pid, ptid=self.pid), 0)

    def thread(self, *, tid: int) -> ScriptedThread:
        """Makes another thread of the same process."""
        return self._clone(replace(self._entry, tid=tid), THREAD_FLAGS)

    def execve(self, path: str, args: Sequence[str] = (), *, env: Sequence[str] = (), returns: int | str = 0) -> None:
        """Runs another program; `args` are the arguments after the program's name."""
        if returns == 0:
            name = path.rpartition("/")[2][:15]
            self._entry = replace(self._entry, name=name, exe=path, args=tuple(args), env=tuple(env), exepath=path)
        common = self._common() | {"exe": path, "args": tuple(args)}
        self.event(
            "execve",
            res=returns,
            env=tuple(env),
            vpgid=self.pid,
            loginuid=self._entry.loginuid,
            filename=path,
            **common,
        )

    def exit(self, status: int = 0) -> None:
        """Ends the thread."""
        self.event("PROCEXIT_1_E", status=status << 8, ret=status)

    def _common(self) -> dict[str, Value]:
        """What clone and execve both tell of a thread."""
        entry = self._entry
        return {
            "exe": entry.exe,
            "args": entry.args,
            "tid": entry.tid,
            "pid": entry.pid,
            "ptid": entry.ptid,
            "cwd": entry.cwd,
            "fdlimit": 1024,
            "comm": entry.name,
            "cgroups": entry.cgroups,
            "uid": entry.uid,
            "gid": entry.gid,
        }

    def _clone(self, entry: ThreadEntry, flags: int | str) -> ScriptedThread:
        child = ScriptedThread(self._script, entry, self.cpu)
        for thread, result in ((self, entry.tid), (child, 0)):
            ids: dict[str, Value] = {"vtid": thread.tid, "vpid": thread.pid}
            self._script.add(
                event_type("clone"), thread.tid, thread.cpu, thread._common() | ids | {"res": result, "flags": flags}
            )
        return child


def _connection(source: str, destination: str) -> str:
    """The text of a socket tuple."""
    if destination[:1] in ("/", "@", "."):
        return destination
    return f"{source or ('[::]:0' if destination.startswith('[') else '0.0.0.0:0')}->{destination}"
