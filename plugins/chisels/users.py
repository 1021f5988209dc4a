"""What users do: logins, commands, and attacks on the shell."""

from __future__ import annotations

import re
from typing import Any

from tracer.core.chisel import ChiselArgument, RowChisel
from tracer.plugins.chisels.slow import HOST, NO_COLOUR, parse_number
from tracer.plugins.chisels.text import BLUE, GREEN, RESET, extend, text_of

COMPATIBLE = (
    " This chisel is compatible with containers using the sysdig -pc or -pcontainer argument, otherwise no container "
    "information will be shown."
)


class LoginShells(RowChisel):
    """list_login_shells."""

    name = "list_login_shells"
    category = "Security"
    summary = "List the login shell IDs"
    description = (
        "List the IDs of the login sessions. Optionally, the list can be filtered to include only the sessions that "
        "contain a specific command. The session IDs listed by this chisel can be used as filters for the spy_users "
        "chisel." + COMPATIBLE
    )
    arguments = (
        ChiselArgument(
            "command",
            "If this parameter is specified, only the login shells that contain commands including the given string in "
            "their name will be listed. * will match any command name.",
            is_optional=True,
        ),
        ChiselArgument(
            "arguments",
            "If this parameter is specified, only the login shells that contain commands including the given string in "
            "their arguments will be listed",
            is_optional=True,
        ),
    )
    fields = ("proc.loginshellid", "container.name", "container.id", "evt.arg.exe", "evt.arg.args")
    filter = "evt.type=execve"

    def set_up(self) -> None:
        """Begins with none."""
        command = self.values.get("command", "*")
        self._command = "" if command == "*" else command
        self._arguments = self.values.get("arguments", "")
        self._latest: tuple[Any, ...] = ()

    def on_event(self, *values: Any) -> object:
        """Remembers a shell."""
        shell, container, container_id, exe, arguments = values
        if shell is None or exe is None:
            return True
        if self._command in exe and (arguments is None or self._arguments in arguments):
            self._latest = (shell, container, container_id)
        return True

    def finish(self) -> None:
        """Prints the one that was seen last, once for each thing that is known of it, as sysdig does."""
        self.print(f"Shells containing {self._command}:" if self._command else "All shells:")
        known = [value for value in self._latest if value is not None]
        texts = self._latest if self.shows_containers else self._latest[:1]
        for _ in known:
            self.print(" ".join(map(text_of, texts)))


class Shellshock(RowChisel):
    """shellshock_detect."""

    name = "shellshock_detect"
    category = "Security"
    summary = "print shellshock attacks"
    description = (
        "Reports every attempt to execute bash in a way that exploits the shellshock vulnerability "
        "(http://web.nvd.nist.gov/view/vuln/detail?vulnId=CVE-2014-6271). For every attempt, the chisel reports the "
        "time, the name of the process trying to run bash, and its PID."
    )
    fields = ("evt.arg.env", "evt.time", "proc.pname", "proc.ppid", "proc.pid")
    filter = "(proc.name=bash or proc.name=sh) and evt.type=execve"
    follows_state = True
    attack = re.compile(r"\(\) ?\{.", re.DOTALL)

    def set_up(self) -> None:
        """Prints the heading."""
        self._print_columns("TIME", "PROCNAME", "PID", "FUNCTION")

    def on_event(self, *values: Any) -> object:
        """Looks into the environment."""
        environment, when, parent, parent_pid, pid = values
        if environment is None or not self.attack.search(environment):
            return True
        for thread in self.run.threads():
            if thread.tid != pid:
                continue
            attack = next((entry for entry in thread.env if self.attack.search(entry)), None)
            if attack is not None:
                function = attack[attack.index("()") :]
                self._print_columns(when, text_of(parent), text_of(parent_pid), function)
        return True

    def _print_columns(self, when: str, process: str, pid: str, function: str) -> None:
        self.print(extend(when, 22) + extend(process, 22) + extend(pid, 8) + function)


class SpyUsers(RowChisel):
    """spy_users."""

    name = "spy_users"
    category = "Security"
    summary = "Display interactive user activity"
    description = (
        "Lists every command that users launch interactively (e.g. from bash) and every directory users visit."
        + COMPATIBLE
        + " (Blue represents a process running within a container, and Green represents a host process)"
    )
    arguments = (
        ChiselArgument("max_depth", "the maximum depth to show in the hierarchy of processes", "int", is_optional=True),
        NO_COLOUR,
    )
    ancestors = 16
    fields = (
        "evt.type",
        "proc.exe",
        "proc.args",
        "evt.arg.path",
        "user.name",
        "evt.time.s",
        "proc.pid",
        "proc.ppid",
        "container.name",
        *(f"proc.aname[{level}]" for level in range(17)),
        *(f"proc.apid[{level}]" for level in range(17)),
    )
    filter = (
        "((evt.type=execve and evt.dir=<) or (evt.type=chdir and evt.dir=< and proc.name contains sh and not proc.name "
        "contains sshd)) and evt.failed=false"
    )

    def set_up(self) -> None:
        """Begins with no processes."""
        self._max_depth = parse_number(self.values, "max_depth") if "max_depth" in self.values else -1
        off = self.values.get("disable_color") == "disable_color"
        self._green, self._blue, self._reset = ("", "", "") if off else (GREEN, BLUE, RESET)
        self._shells: dict[Any, tuple[int, Any]] = {}
        """Of each process: how many commands are between it and its shell (-1: it has none), and the shell's pid."""
        self._shifts = 0

    def on_event(self, *values: Any) -> object:
        """Prints a command or directory."""
        call, exe, arguments, path, user, when, pid, parent, container, *lineage = values
        is_chdir = call == "chdir"
        if is_chdir:
            parent = pid
            self._shifts += 1
        names, pids = lineage[: self.ancestors + 1], lineage[self.ancestors + 1 :]
        if parent not in self._shells:
            self._look_for_shell(parent, names, pids)
        depth, shell = self._shells[parent]
        if depth == -1:
            return True
        depth, shell = self._shells.setdefault(pid, (depth + 1, shell))
        if not is_chdir:
            depth -= 1
        if self._max_depth != -1 and depth > self._max_depth:
            return True
        what = f"cd {text_of(path)}" if is_chdir else f"{text_of(exe)} {text_of(arguments)}"
        self._print(what, depth, is_chdir, shell, when, "<NA>" if user is None else user, container)
        return True

    def finish(self) -> None:
        """Ends the colours."""
        self.print(self._reset)

    def _print(
        self, what: str, depth: int, is_chdir: bool, shell: Any, when: str, user: str, container: str | None
    ) -> None:
        if self.shows_containers:
            colour = self._green if container == HOST else self._blue
            who = f"{user}@{text_of(container)}"
            width = 4
        else:
            colour, who, width = "", user, 4 if is_chdir else 3
        self.print(f"{colour}{extend('', width * depth)}{text_of(shell)} {when} {who}) {what}")

    def _look_for_shell(self, parent: Any, names: list[Any], pids: list[Any]) -> None:
        self._shells[parent] = (-1, None)
        # Each chdir shifts sysdig's list of ancestors by one.
        for level in range(1, self.ancestors + 1):
            at = level - self._shifts
            name = names[at] if 0 <= at <= self.ancestors else None
            pid = pids[at] if 0 <= at <= self.ancestors else None
            if name is None:
                if pid is None:
                    return
            elif name.endswith("sh"):
                self._shells[parent] = (level - 1 if pid in self._shells else 0, pid)


CHISELS = (LoginShells, Shellshock, SpyUsers)
