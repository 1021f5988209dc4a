"""`python -m tests.vm [--cpus N] [--append WORDS] [--timeout SECONDS] COMMAND`: runs one command in a guest."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .kernel import CACHE, obtain
from .machine import Machine


def main() -> int:
    """The command's exit status; 1 if the kernel complained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--append", default="")
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--share", type=Path, help="a folder that both can write; a new one without it")
    parser.add_argument("command")
    arguments = parser.parse_args()
    kernel = obtain()
    share = arguments.share or Path(tempfile.mkdtemp(prefix="share-", dir=CACHE))
    start = time.monotonic()
    with Machine(
        kernel, share.resolve(), cpus=arguments.cpus, append=arguments.append, icount=arguments.icount
    ) as machine:
        booted = time.monotonic()
        ran = machine.run(arguments.command, arguments.timeout, check=False)
        done = time.monotonic()
    sys.stdout.write(ran.out)
    sys.stderr.write(ran.err)
    print(f"booted in {booted - start:.1f} s, ran for {done - booted:.1f} s, files in {share}", file=sys.stderr)
    complaints = machine.complaints()
    for line in complaints:
        print(line, file=sys.stderr)
    return ran.status or bool(complaints)


sys.exit(main())
