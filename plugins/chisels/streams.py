"""What is read and written: echoed, as text, with colours for the directions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, ClassVar

from tracer.core.chisel import ChiselArgument, ChiselRun, PluginError, RowChisel
from tracer.plugins.chisels.slow import HOST, NO_COLOUR
from tracer.plugins.chisels.text import BLUE, CYAN, GREEN, RED, RESET, fixed, size, text_of

NO_CONTAINERS_WITHOUT_PC = (
    " This chisel is compatible with containers using the sysdig -pc or -pcontainer argument, otherwise no container "
    "information will be shown."
)
COMBINE = " Combine this script with a filter to limit the output to a specific process or pid."


class EchoDescriptors(RowChisel):
    """echo_fds."""

    name = "echo_fds"
    category = "I/O"
    summary = "Print the data read and written by processes."
    description = (
        "Print the data read and written for any FD. Combine this script with a filter to restrict what it shows."
        + NO_CONTAINERS_WITHOUT_PC
        + " (Blue represents  [Write], and Red represents [Read] for all data except when the -pc or -pcontainer "
        "argument is used. If used the container.name and container.id will be represented as: Green [host], and Cyan "
        "[container]) Container information will contain '[]' around container.name and container.id."
    )
    arguments = (NO_COLOUR,)
    fields = ("evt.is_io_read", "evt.rawarg.res", "fd.name", "proc.name", "container.name", "container.id")
    filter = "evt.is_io=true and evt.dir=< and evt.rawres>0"
    format = "%evt.arg.data"
    snaplen_bytes = 2000

    def set_up(self) -> None:
        """Chooses colours."""
        off = self.values.get("disable_color") == "disable_color"
        self._red, self._blue, self._green, self._cyan, self._reset = (
            [""] * 5 if off else [RED, BLUE, GREEN, CYAN, RESET]
        )

    def on_event(self, *values: Any) -> object:
        """Prints what the data are, before them."""
        is_read, result, name, process, container, container_id = values
        colour = self._red if is_read else self._blue
        told = ""
        if self.shows_containers:
            container_colour = self._green if container == HOST else self._cyan
            told = f"{container_colour} [{text_of(container)}] [{text_of(container_id)}]"
        what = f"Read {size(result)} from" if is_read else f"Write {size(result)} to"
        whose = f"{colour} {'<NA>' if name is None else name} ({text_of(process)})"
        self.print(f"{colour}------ {what} {told} {whose}")
        return True

    def finish(self) -> None:
        """Ends the colours."""
        self.print(self._reset)


class _StandardStream(RowChisel):
    category = "I/O"
    fields: Sequence[str] = ("evt.rawarg.data",)
    snaplen_bytes = 2000

    def on_event(self, *values: Any) -> object:
        if values[0] is not None:
            self.print(text_of(values[0]))
        return True


class StandardInput(_StandardStream):
    """stdin."""

    name = "stdin"
    summary = "Print stdin of processes"
    description = "Print the standard input of any process on screen." + COMBINE
    filter = "fd.num=0 and evt.is_io=true"


class StandardOutput(_StandardStream):
    """stdout."""

    name = "stdout"
    summary = "Print stdout of processes"
    description = "Print the standard output of any process on screen." + COMBINE
    filter = "fd.num=1 and evt.is_io=true"


class StandardError(_StandardStream):
    """stderr."""

    name = "stderr"
    summary = "Print stderr of processes"
    description = (
        "Print the standard error of any process on screen."
        + COMBINE
        + NO_CONTAINERS_WITHOUT_PC
        + " (Blue represents a process running within a container, and Green represents a host process)"
    )
    arguments = (NO_COLOUR,)
    fields = ("evt.rawarg.data", "container.name", "container.id")
    filter = "fd.num=2 and evt.is_io=true"

    def on_event(self, *values: Any) -> object:
        """Prints it."""
        data, container, container_id = values
        if data is None:
            return True
        line = text_of(data)
        if self.shows_containers:
            colour = "" if "disable_color" in self.values else GREEN if container == HOST else BLUE
            line = f"{colour}{fixed(text_of(container_id), 20)} {fixed(text_of(container), 20)} {line}"
        self.print(line)
        return True


class SpyFile(RowChisel):
    """spy_file."""

    name = "spy_file"
    category = "I/O"
    summary = (
        "Echo any read/write made by any process to all files. Optionally, you can provide the name of one file to "
        "only intercept reads/writes to that file."
    )
    description = (
        "This chisel intercepts all reads and writes to all files. Instead of all files, you can limit interception to "
        "one file."
    )
    arguments = (
        ChiselArgument(
            "read_or_write",
            "Specify 'R' to capture only read events; 'W' to capture only write events; 'RW' to capture read and write "
            "events. By default both read and write events are captured.",
            is_optional=True,
        ),
        ChiselArgument(
            "spy_on_file_name",
            "The name of the file which the chisel should spy on for all read and write activity.",
            is_optional=True,
        ),
    )
    fields = ("evt.time", "proc.name", "proc.pid", "evt.is_io_write", "evt.rawarg.res", "fd.name", "evt.arg.data")
    snaplen_bytes = 2000
    data = "printable"

    def set_up(self) -> None:
        """Makes the filter."""
        file = self.values.get("spy_on_file_name")
        directions = {"R": "evt.is_io_read", "W": "evt.is_io_write"}
        direction = directions.get(self.values.get("read_or_write", "").upper(), "evt.is_io")
        # To watch terminals may show what is shown, and so on.
        which = f"(fd.name={file})" if file else "(not fd.name contains /dev/pt and not fd.name contains /dev/tty)"
        self.filter = f"{which} and {direction}=true and fd.type=file and evt.dir=< and evt.failed=false"

    def on_event(self, *values: Any) -> object:
        """Prints it."""
        when, process, pid, is_write, result, name, data = values
        length = "nil" if result is None else size(result)
        whose = f"{text_of(process)}({text_of(pid)})"
        letter = "W" if is_write else "R"
        self.print(f"{text_of(when)} {whose} {letter} {length} {text_of(name)} {text_of(data)}")
        return True


class _Conversation(RowChisel):
    """Data, with a line before them where the direction changes."""

    category = "Net"
    fields = ("evt.arg.data", "evt.is_io_read", "evt.rawarg.res")
    snaplen_bytes = 1000
    written: ClassVar[str]

    def set_up(self) -> None:
        off = self.values.get("disable_color") == "disable_colors"
        self._red, self._blue, self._reset = ("", "", "") if off else (RED, BLUE, RESET)
        self._was_read: bool | None = None
        self._heading = ""

    def on_event(self, *values: Any) -> object:
        data, is_read, result = values
        if result is None or result <= 0 or data is None:
            return True
        if is_read is not self._was_read:
            self._was_read = is_read
            colour, verb = (self._red, "Read") if is_read else (self._blue, self.written)
            self._heading = f"{colour}------ {verb} {size(result)}"
        self.print(self._heading)
        self.print(data)
        return True

    def finish(self) -> None:
        self.print(self._reset)


class SpyIp(_Conversation):
    """spy_ip."""

    name = "spy_ip"
    summary = "Show the data exchanged with the given IP address"
    description = (
        "Shows the network payloads exchanged with an IP end-point. You can combine this chisel with the -x, -X or -A "
        "sysdig command line switches to customize the screen output"
    )
    arguments = (ChiselArgument("host_ip", "The remote host IP address", "ipv4"), NO_COLOUR)
    written = "Read"  # which sysdig prints for both directions

    def set_up(self) -> None:
        """Makes the filter."""
        super().set_up()
        self.filter = f"evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6) and fd.ip={self.values['host_ip']}"


class SpyPort(_Conversation):
    """spy_port."""

    name = "spy_port"
    summary = "Show the data exchanged using the given IP port number"
    description = (
        "Shows the network payloads exchanged using a given IP port number. You can combine this chisel with the -x, "
        "-X or -A sysdig command line switches to customize the screen output"
    )
    arguments = (ChiselArgument("host_port", "The remote host IP port number", "int"), NO_COLOUR)
    written = "Write"

    def set_up(self) -> None:
        """Makes the filter."""
        super().set_up()
        self.filter = f"evt.is_io=true and (fd.type=ipv4 or fd.type=ipv6) and fd.port={self.values['host_port']}"


class UdpExtract(RowChisel):
    """udp_extract."""

    name = "udp_extract"
    category = "I/O"
    summary = "extract data from UDP streams to files."
    description = (
        "This chisel parses a trace file, identifies file descriptors carrying UDP network traffic (DNS excluded) and "
        "dumps the content of each FD into a different file in the ./udp_dump_files directory. Files are named after "
        "the UDP tuple they contain."
    )
    fields = ("evt.rawarg.data", "fd.name")
    filter = "evt.dir=< and evt.rawres>=0 and fd.l4proto=udp and evt.is_io=true"
    snaplen_bytes = 16384
    folder = Path("udp_dump_files")

    def set_up(self) -> None:
        """Begins with no files."""
        self._files: dict[str, IO[bytes]] = {}

    def start(self, run: ChiselRun) -> None:
        """Makes the directory. Raises PluginError for a live capture."""
        super().start(run)
        if run.is_live:
            raise PluginError("udp_extract reads captures only: give -r FILE")
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise PluginError(f"{error.filename}: {error.strerror}") from None

    def on_event(self, *values: Any) -> object:
        """Writes data."""
        data, name = values
        if data is None or not name:
            return True
        if name not in self._files:
            file = name.replace(":", "_").replace(">", "-").replace("/", "_")
            self._files[name] = (self.folder / file).open("wb")
        self._files[name].write(data)
        return True

    def finish(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()


CHISELS = (EchoDescriptors, StandardInput, StandardOutput, StandardError, SpyFile, SpyIp, SpyPort, UdpExtract)
