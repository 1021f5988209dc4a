"""Files that exports write to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def opened_output(path: str) -> Iterator[BinaryIO]:
    """The file `path`, made anew; "-" is standard output. Raises OSError."""
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with Path(path).open("wb") as out:
            yield out
