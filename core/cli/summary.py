"""The table that -S prints: how many events of each type there were."""

from __future__ import annotations

from tracer.core._engine import Session

RULE = "-" * 22
MOST = 100
"""Lines in the table."""


def print_summary(session: Session, output_fd: int) -> None:
    """Prints the most frequent events that passed, as sysdig does."""
    lines = [RULE, f"{'Event':16}#Calls", RULE]
    counts = sorted(session.event_counts(), key=lambda row: -row[2])
    lines += [f"{'>' if is_enter else '<'} {name:15} {count}" for name, is_enter, count in counts[:MOST]]
    with open(output_fd, "w", closefd=False) as output:
        print(*lines, sep="\n", file=output)
