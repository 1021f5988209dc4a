"""Top tables by bytes, time, calls and errors, of processes, files, connections and whatever else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tracer.core.chisel import ChiselArgument, PluginError, Row, RowChisel
from tracer.plugins.chisels.text import text_of
from tracer.plugins.chisels.top_table import Column, TopTable

COMPATIBLE = (
    " This chisel is compatible with containers using the sysdig -pc or -pcontainer argument, otherwise no container "
    "information will be shown."
)
KEY = ChiselArgument("key", "The filter field used for grouping")
NETWORK_IO = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true"
FILE_IO = "fd.type=file and evt.is_io=true"
NOT_ON_HOST = " and container.name!=host"

CONTAINER = Column("container.name", "container.name")
PROCESS = (Column("proc.name", "Process"), Column("proc.pid", "PID"))
PROCESS_IN_CONTAINER = (
    Column("proc.name", "Process"),
    Column("proc.pid", "Host_pid"),
    Column("thread.vtid", "Container_pid"),
    CONTAINER,
)
FILE = (Column("fd.name", "Filename"),)
CONNECTION = (Column("fd.l4proto", "Proto"), Column("fd.name", "Conn"))
BYTES = Column("evt.rawarg.res", "Bytes")
TIME = Column("evt.latency", "Time")
ERRORS = Column("evt.count", "#Errors")


class _Top(TopTable):
    keys_with_containers: ClassVar[Sequence[Column]] = ()
    """With -pc; empty for the same ones."""

    def set_up(self) -> None:
        if self.shows_containers and self.keys_with_containers:
            self.keys = self.keys_with_containers
        super().set_up()


class _ByField(TopTable):
    arguments = (KEY,)

    def set_up(self) -> None:
        fields = self.values["key"].split(",")
        self.keys = tuple(Column(field, field) for field in fields)
        super().set_up()


class FdBytesBy(_ByField):
    """fdbytes_by."""

    name = "fdbytes_by"
    category = "I/O"
    summary = "I/O bytes, aggregated by an arbitrary filter field"
    description = (
        "Groups FD activity based on the given filter field, and returns the key that generated the most input+output "
        "bytes. For example, this script can be used to list the processes or TCP ports that generated most traffic."
    )
    value, unit, most = BYTES, "bytes", 30
    filter = "evt.is_io=true and evt.failed=false"


class FdTimeBy(_ByField):
    """fdtime_by."""

    name = "fdtime_by"
    category = "I/O"
    summary = "FD time group by"
    description = (
        "Groups FD activity based on the given filter field, and returns the keys where most time was spent. For "
        "example, this script can be used to list the processes or files that caused the biggest I/O latency."
    )
    value, unit, most = TIME, "time", 10
    filter = "evt.is_io=true"


class FdCountBy(RowChisel):
    """fdcount_by."""

    name = "fdcount_by"
    category = "I/O"
    summary = "FD count, aggregated by an arbitrary filter field"
    description = (
        "Groups all the active FDs based on the given filter field, and returns the fd count for each key. For "
        "example, it can be used to list the number of connections per process or per IP endpoint."
    )
    arguments = (KEY,)

    def set_up(self) -> None:
        """Asks for the key and the descriptor."""
        self.fields = (self.values["key"], "fd.num", "fd.name")
        self._seen: dict[Any, set[tuple[int, str]]] = {}

    def on_event(self, *values: Any) -> object:
        """Counts a descriptor that was not seen before."""
        key, fd, name = values
        if key is not None and fd is not None and fd > 0 and name:
            self._seen.setdefault(key, set()).add((fd, name))
        return True

    def finish(self) -> None:
        """Prints the counts, the largest first."""
        for key, seen in sorted(self._seen.items(), key=lambda row: -len(row[1])):
            self.print(f"{text_of(key)}\t{len(seen)}")


class TopConnections(_Top):
    """topconns."""

    name = "topconns"
    category = "Net"
    summary = "Top network connections by total bytes"
    description = "Shows the top network connections in terms of total (in+out) bandwidth." + COMPATIBLE
    keys, value, unit, most = CONNECTION, BYTES, "bytes", 30
    keys_with_containers = (CONTAINER, *CONNECTION)
    filter = NETWORK_IO


class TopContainersByErrors(_Top):
    """topcontainers_error."""

    name = "topcontainers_error"
    category = "Errors"
    summary = "Top containers by number of errors"
    description = "Shows the top container in terms of system call errors."
    keys, value, most = (CONTAINER,), ERRORS, 100
    filter = "evt.failed=true" + NOT_ON_HOST


class TopContainersByFileBytes(_Top):
    """topcontainers_file."""

    name = "topcontainers_file"
    category = "I/O"
    summary = "Top containers by R+W disk bytes"
    description = "Shows the top containers in terms of total (in+out) bytes to disk."
    keys, value, unit, most = (CONTAINER,), BYTES, "bytes", 10
    filter = FILE_IO + NOT_ON_HOST


class TopContainersByNetworkBytes(_Top):
    """topcontainers_net."""

    name = "topcontainers_net"
    category = "Net"
    summary = "Top containers by network I/O"
    description = "Sorted list of containers that use the most network bandwidth."
    keys, value, unit, most = (CONTAINER,), BYTES, "bytes", 100
    filter = NETWORK_IO + NOT_ON_HOST


class TopFilesByBytes(_Top):
    """topfiles_bytes."""

    name = "topfiles_bytes"
    category = "I/O"
    summary = "Top files by R+W bytes"
    description = "Shows the top files in terms of disk usage." + COMPATIBLE
    keys, value, unit, most = FILE, BYTES, "bytes", 10
    keys_with_containers = (CONTAINER, *FILE)
    filter = FILE_IO


class TopFilesByErrors(_Top):
    """topfiles_errors."""

    name = "topfiles_errors"
    category = "Errors"
    summary = "Top files by number of errors"
    description = "Shows the top files in terms of I/O errors." + COMPATIBLE
    keys, value, most = FILE, ERRORS, 100
    keys_with_containers = (*FILE, CONTAINER)
    filter = "fd.type=file and evt.failed=true"


class TopFilesByTime(_Top):
    """topfiles_time."""

    name = "topfiles_time"
    category = "I/O"
    summary = "Top files by time"
    description = "Shows the top files in terms of disk usage." + COMPATIBLE
    keys, value, unit, most = FILE, TIME, "time", 10
    keys_with_containers = (*FILE, CONTAINER)
    filter = FILE_IO


class TopServerPorts(_Top):
    """topports_server."""

    name = "topports_server"
    category = "Net"
    summary = "Top TCP/UDP server ports by R+W bytes"
    description = "Shows the top TCP/UDP server ports in terms of total (in+out) bandwidth." + COMPATIBLE
    keys, value, unit, most = (Column("fd.sport", "Srv Port"),), BYTES, "bytes", 100
    keys_with_containers = (Column("fd.sport", "Srv Port"), CONTAINER)
    filter = NETWORK_IO


class TopProcessesByErrors(_Top):
    """topprocs_errors."""

    name = "topprocs_errors"
    category = "Errors"
    summary = "top processes by number of errors"
    description = "Shows the top processes in terms of system call errors." + COMPATIBLE
    keys, keys_with_containers = PROCESS, PROCESS_IN_CONTAINER
    value, most = ERRORS, 100
    filter = "evt.failed=true"


class TopProcessesByFileBytes(_Top):
    """topprocs_file."""

    name = "topprocs_file"
    category = "I/O"
    summary = "Top processes by R+W disk bytes"
    description = "Shows the top processes in terms of total (in+out) bytes to disk." + COMPATIBLE
    keys, keys_with_containers = PROCESS, PROCESS_IN_CONTAINER
    value, unit, most = BYTES, "bytes", 10
    filter = FILE_IO


class TopProcessesByNetworkBytes(_Top):
    """topprocs_net."""

    name = "topprocs_net"
    category = "Net"
    summary = "Top processes by network I/O"
    description = "Sort the list of the processes that use the most network bandwidth." + COMPATIBLE
    keys, keys_with_containers = PROCESS, PROCESS_IN_CONTAINER
    value, unit, most = BYTES, "bytes", 100
    filter = NETWORK_IO


class TopCalls(_Top):
    """topscalls."""

    name = "topscalls"
    category = "Performance"
    summary = "Top system calls by number of calls"
    description = (
        "Show the top 30 system calls in terms of number of calls. You can use filters to restrict this to a specific "
        "process, thread or file." + COMPATIBLE
    )
    keys, value, most = (Column("evt.type", "Syscall"),), Column("evt.count", "# Calls"), 30
    keys_with_containers = (Column("evt.type", "Syscall"), CONTAINER)
    filter = "evt.type!=switch"
    enter_events = True


class TopCallsByTime(_Top):
    """topscalls_time."""

    name = "topscalls_time"
    category = "Performance"
    summary = "Top system calls by time"
    description = (
        "Show the top 30 system calls in terms of time spent in each call. You can use filters to restrict this to a "
        "specific process, thread or file." + COMPATIBLE
    )
    keys, value, unit, most = (Column("evt.type", "Syscall"),), TIME, "time", 30
    keys_with_containers = (Column("evt.type", "Syscall"), CONTAINER)


class _TopCpu(TopTable):
    """A capture of sysdig says every second what each thread used; live, context switches tell how long one ran."""

    category = "CPU Usage"
    value = Column("thread.exectime", "CPU%")
    unit, most = "timepct", 10
    filter = "evt.type=procinfo"
    percent_ns = 10_000_000
    """A percent of the second that thread.cpu is of."""

    def set_up(self) -> None:
        super().set_up()
        self.fields = (*self.fields[:-1], "thread.cpu", "thread.exectime")
        self._told: dict[Row, float] = {}
        """What procinfo events say; `totals` is what switches do."""
        if not self.environment.is_live:
            return
        self.filter = "evt.type in (procinfo, switch)"
        if self.environment.filter or self.environment.follows_processes:
            raise PluginError(f"live, {self.name} needs the switches of all processes: it takes no filter")

    def on_rows(self, rows: Any) -> None:
        for *names, percent, ran_ns in rows:
            key = tuple(names)
            if None in key:
                continue
            if percent is None:
                self.totals[key] = self.totals.get(key, 0) + ran_ns
            else:
                self._told[key] = self._told.get(key, 0) + percent * self.percent_ns

    def final_totals(self) -> Mapping[Row, float]:
        told, self._told = self._told, {}
        return told or self.totals


class TopProcessesByCpu(_TopCpu):
    """topprocs_cpu."""

    name = "topprocs_cpu"
    summary = "Top processes by CPU usage"
    description = "Show the top process defined by the highest CPU utilization." + COMPATIBLE

    def set_up(self) -> None:
        """Chooses the keys."""
        self.keys = PROCESS
        if self.shows_containers:
            name, pid, _, container = PROCESS_IN_CONTAINER
            self.keys = (name, pid, Column("proc.vpid", "Container_pid"), container)
        super().set_up()


class TopContainersByCpu(_TopCpu):
    """topcontainers_cpu."""

    name = "topcontainers_cpu"
    summary = "Top containers by CPU usage"
    description = "Show the top containers defined by the highest CPU utilization."
    keys = (CONTAINER,)


CHISELS = (
    FdBytesBy,
    FdTimeBy,
    FdCountBy,
    TopConnections,
    TopContainersByErrors,
    TopContainersByFileBytes,
    TopContainersByNetworkBytes,
    TopFilesByBytes,
    TopFilesByErrors,
    TopFilesByTime,
    TopServerPorts,
    TopProcessesByErrors,
    TopProcessesByFileBytes,
    TopProcessesByNetworkBytes,
    TopCalls,
    TopCallsByTime,
    TopProcessesByCpu,
    TopContainersByCpu,
)
