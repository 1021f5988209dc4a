"""A chisel for tracer: the files that each program opens most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.core.plugin import Chisel, ChiselArgument, ChiselBase, ChiselEnvironment, Needs, PluginError, hookimpl

if TYPE_CHECKING:
    from tracer import Event

MOST = 3


class Opened(ChiselBase):
    """Counts what is opened, by program."""

    name = "opened_by_program"
    category = "I/O"
    summary = "Files that each program opens most"
    description = "Counts the files that each program opens, and lists those it opens most, the busiest program first."
    arguments = (ChiselArgument("number", "how many files of each program (3)", "int", is_optional=True),)

    def __init__(self, arguments: Sequence[str], environment: ChiselEnvironment) -> None:
        super().__init__(arguments, environment)
        self.most = self.parse(arguments[0]) if arguments else MOST
        self.counts: dict[str, Counter[str]] = {}

    @staticmethod
    def parse(text: str) -> int:
        """The number that was given. Raises PluginError."""
        if not text.isdecimal() or int(text) == 0:
            raise PluginError(f"{text!r} is no number of files")
        return int(text)

    def needs(self) -> Needs:
        """Only calls that have opened something."""
        return Needs("evt.type in (open, openat, openat2, creat) and fd.num >= 0", fields=("proc.name", "fd.name"))

    def on_event(self, event: Event) -> None:
        """One more file."""
        program = event["proc.name"] or "<NA>"
        self.counts.setdefault(program, Counter())[event["fd.name"] or "<NA>"] += 1

    def finish(self, time_ns: int) -> None:
        """Prints the table."""
        for program, files in sorted(self.counts.items(), key=lambda row: (-sum(row[1].values()), row[0])):
            self.environment.write(f"{program}: {sum(files.values())}\n")
            for file, count in sorted(files.items(), key=lambda row: (-row[1], row[0]))[: self.most]:
                self.environment.write(f"  {count} {file}\n")


@hookimpl
def tracer_chisels() -> Sequence[Chisel]:
    """The chisel: its class makes a running one when it is called."""
    return [Opened]
