"""What there is at one moment: processes, descriptors, connections, containers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tracer.core.chisel import ChiselArgument, PluginError, RowChisel
from tracer.plugins.chisels.lua_order import in_table_order
from tracer.plugins.chisels.text import extend, size

if TYPE_CHECKING:
    from tracer.core.chisel import Endpoint, ListedDescriptor, ListedThread

NOW = " Output is at a point in time; adjust this in the filter. It defaults to time of evt.num=0"
U32 = 0xFFFFFFFF
NO_NAME = "<NA>"


class _AtFirstEvent(RowChisel):
    """Lists what is there when the first event passes the filter, then ends."""

    category = "System State"
    follows_state = True

    def set_up(self) -> None:
        self._has_matched = False

    def on_event(self, *values: Any) -> object:
        self._has_matched = True
        self.run.end()
        return False

    def finish(self) -> None:
        if not hasattr(self, "run"):
            return
        if not self._has_matched:
            self.print("empty capture or no event matching the filter")
            return
        from tracer import FilterError

        try:
            threads = self.run.threads(self.chosen())
        except FilterError as error:
            raise PluginError(f"{self.name}: {error}\n{error.pointer()}") from None
        self.print_list(threads)

    def chosen(self) -> str:
        """A filter over descriptors."""
        return self.values.get("filter", "")

    def print_list(self, threads: list[ListedThread]) -> None:
        raise NotImplementedError


class Ps(_AtFirstEvent):
    """ps."""

    name = "ps"
    summary = "List (and optionally filter) the machine processes."
    description = "List the running processes, with an output that is similar to the one of ps." + NOW
    arguments = (
        ChiselArgument(
            "filter",
            "A sysdig-like filter expression that allows restricting the FD list. For example 'fd.name contains /etc' "
            "shows all the processes that have files open under /etc.",
            "filter",
            is_optional=True,
        ),
    )
    widths = (8, 8, 12, 11, 11, 10)

    def print_list(self, threads: list[ListedThread]) -> None:
        """Prints a line for each thread."""
        self._print_columns("TID", "PID", "USER", "VIRT", "RES", "FDLIMIT", extend("CMD", 20))
        for thread in sorted(threads, key=lambda thread: thread.tid):
            self._print_columns(
                str(thread.tid),
                str(thread.pid),
                thread.user or NO_NAME,
                size(thread.vm_size_kb * 1024),
                size(thread.vm_rss_kb * 1024),
                str(thread.fd_limit & U32),
                thread.name,
            )

    def _print_columns(self, *texts: str) -> None:
        *columns, last = texts
        self.print("".join(extend(text, width) for text, width in zip(columns, self.widths, strict=True)) + last)


class Lsof(_AtFirstEvent):
    """lsof."""

    name = "lsof"
    summary = "List (and optionally filter) the open file descriptors."
    description = (
        "This chisel prints the open file descriptors for every process in the system, with an output that is similar "
        "to the one of lsof. Output is at a point in time; adjust this in the filter.  It defaults to time of evt.num=0"
    )
    arguments = (
        ChiselArgument(
            "filter",
            "A sysdig-like filter expression that allows restricting the FD list. E.g. 'proc.name=foo and fd.name "
            "contains /etc'.",
            "filter",
            is_optional=True,
        ),
    )
    widths = (20, 8, 8, 8, 8, 12)

    def print_list(self, threads: list[ListedThread]) -> None:
        """Prints a line for each descriptor."""
        self._print_columns("COMMAND", "PID", "TID", "USER", "FD", "TYPE", "NAME")
        for thread in sorted(threads, key=lambda thread: thread.tid):
            for descriptor in _in_table_order(thread.descriptors):
                self._print_columns(
                    thread.name,
                    str(thread.pid),
                    str(thread.tid),
                    thread.user or NO_NAME,
                    str(descriptor.fd),
                    NO_NAME if descriptor.type == "unknown" else descriptor.type,
                    descriptor.name,
                )

    def _print_columns(self, *texts: str) -> None:
        *columns, last = texts
        self.print("".join(extend(text, width) for text, width in zip(columns, self.widths, strict=True)) + last)


class Netstat(_AtFirstEvent):
    """netstat."""

    name = "netstat"
    summary = "List (and optionally filter) network connections."
    description = "Print the system network connections, with an output that is similar to the one of netstat." + NOW
    arguments = (
        ChiselArgument(
            "filter",
            "A sysdig-like filter expression that allows restricting the FD list. E.g. 'proc.name=foo and fd.port=80'.",
            "filter",
            is_optional=True,
        ),
    )
    widths = (6, 25, 25, 15)

    def chosen(self) -> str:
        """Internet sockets."""
        sockets = "(fd.type=ipv4 or fd.type=ipv6)"
        return f"{sockets} and ({self.values['filter']})" if "filter" in self.values else sockets

    def print_list(self, threads: list[ListedThread]) -> None:
        """Prints a line for each socket."""
        self._print_columns("Proto", "Server Address", "Client Address", "State", "TID/PID/Program Name")
        by_tid = {thread.tid: thread for thread in threads}
        for tid in in_table_order(by_tid):
            thread = by_tid[tid]
            for descriptor in _in_table_order(thread.descriptors):
                connected = descriptor.client is not None
                self._print_columns(
                    descriptor.protocol or NO_NAME,
                    _address(descriptor.server),
                    _address(descriptor.client) if connected else "0.0.0.0:*",
                    "ESTABLISHED" if connected else "LISTEN",
                    f"{thread.tid}/{thread.pid}/{thread.name}",
                )

    def _print_columns(self, *texts: str) -> None:
        *columns, last = texts
        self.print("".join(extend(text, width) for text, width in zip(columns, self.widths, strict=True)) + last)


class Containers(RowChisel):
    """lscontainers."""

    name = "lscontainers"
    category = "System State"
    summary = "List the running containers"
    description = "List the running containers and the metadata"
    arguments = (ChiselArgument("desc", "Prints the result set as a data structure", is_optional=True),)
    follows_state = True
    widths = (15, 16, 20, 13)

    def set_up(self) -> None:
        """Looks at the argument."""
        if self.values.get("desc", "desc") != "desc":
            raise PluginError(f"desc is to be desc, or nothing, not {self.values['desc']!r}")

    def on_event(self, *values: Any) -> object:
        """Ends with the first event."""
        self.run.end()
        return True

    def finish(self) -> None:
        """Prints the list."""
        if not hasattr(self, "run"):
            return
        containers = self.run.containers()
        if "desc" in self.values:
            self._print_structure([container._asdict() for container in containers])
            return
        self._print_columns("container.type", "container.image", "container.name", "container.id")
        self._print_columns("-" * 15, "-" * 16, "-" * 20, "-" * 13)
        for container in containers:
            self._print_columns(container.type or "unknown", container.image, container.name, container.id)

    def _print_structure(self, rows: list[dict[str, str]]) -> None:
        lines = ["{"]
        for at, row in enumerate(rows, 1):
            lines.append(f" {at} = {{")
            lines += [f'  {name} = "{value}",' for name, value in row.items()]
            lines.append(" },")
        self.print("\n".join([*lines, "}"]))

    def _print_columns(self, *texts: str) -> None:
        self.print("".join(extend(text, width) for text, width in zip(texts, self.widths, strict=True)))


def _address(endpoint: Endpoint | None) -> str:
    return f"{endpoint.ip}:{endpoint.port}" if endpoint is not None else ""


def _in_table_order(descriptors: Iterable[ListedDescriptor]) -> Iterable[ListedDescriptor]:
    by_fd = {descriptor.fd: descriptor for descriptor in descriptors}
    return (by_fd[fd] for fd in in_table_order(by_fd))


CHISELS = (Ps, Lsof, Netstat, Containers)
