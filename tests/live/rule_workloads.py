"""Runs what it reads on stdin, a JSON object a line, each in a process of its own: the workloads of rules.

Keys: `words` (the command), `case` (its name, as the variable CASE), `executable` (instead of the first word), `cwd`,
`cgroup` (a folder of control groups to enter), `terminal` (true: with a terminal of its own).
"""

from __future__ import annotations

import json
import os
import pty
import sys


def run(job: dict[str, object]) -> None:
    """Starts a workload and waits for its end."""
    terminal = bool(job.get("terminal"))
    if terminal:
        child, fd = pty.fork()
    else:
        child, fd = os.fork(), -1
    if child == 0:
        _become(job, terminal)
    if fd >= 0:
        try:
            while os.read(fd, 1024):
                pass
        except OSError:
            pass  # a terminal whose last user is gone gives EIO
        os.close(fd)
    os.waitpid(child, 0)


def _become(job: dict[str, object], terminal: bool) -> None:
    try:
        if job.get("cgroup"):
            with open(f"{job['cgroup']}/cgroup.procs", "w") as processes:  # noqa: PTH123
                processes.write(str(os.getpid()))
        if job.get("cwd"):
            os.chdir(str(job["cwd"]))
        if not terminal:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(2, 1)
        words = [str(word) for word in job["words"]]  # type: ignore[attr-defined]
        environment = {**os.environ, "CASE": str(job["case"])}
        os.execvpe(str(job.get("executable") or words[0]), words, environment)
    finally:
        os._exit(127)


if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        run(json.loads(line))
