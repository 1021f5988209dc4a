"""What README and docs show: every command is run, every output compared, every Python example executed.

A block of console text holds commands after "$ ", each with the output it gives on stdout and stderr; "..." stands for
anything. Words after "console" say more: `live` needs root and BPF, `status=N` is the exit status of the last command.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import TRACER

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(console|python)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    notes: list[str]
    text: str

    @property
    def status(self) -> int:
        """The exit status that the last command is to have."""
        return next((int(note.removeprefix("status=")) for note in self.notes if note.startswith("status=")), 0)

    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command with its output."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def blocks() -> list[object]:
    found_blocks = []
    for page in PAGES:
        text = page.read_text()
        for found in FENCE.finditer(text):
            block = Block(found[1], found[2].split(), found[3])
            line = text.count("\n", 0, found.start()) + 1
            marks = [pytest.mark.live] if "live" in block.notes else []
            found_blocks.append(pytest.param(block, id=f"{page.relative_to(ROOT)}:{line}", marks=marks))
    return found_blocks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the files that examples make, from which they see the repository's own."""
    for name in ("tests", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("block", blocks())
def test_what_a_page_shows_is_what_happens(block: Block, folder: Path) -> None:
    if block.language == "python":
        ran = run([sys.executable, "-c", block.text], folder)
        assert ran.returncode == 0, ran.stdout
        return
    commands = list(block.commands())
    for number, (command, expected) in enumerate(commands, 1):
        ran = run(["bash", "-c", command], folder)
        assert ran.returncode == (block.status if number == len(commands) else 0), ran.stdout
        matches = doctest.OutputChecker().check_output(expected, ran.stdout, FLAGS)
        assert matches, f"{command}\nshould print\n{expected}\nbut prints\n{ran.stdout}"


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACER_")}
    environment |= {"TZ": "UTC", "PATH": f"{TRACER.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )


def test_every_page_has_something_to_run() -> None:
    assert FENCE.search(PAGES[0].read_text())
