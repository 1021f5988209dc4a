"""Filters select the same events as sysdig's."""

from __future__ import annotations

from pathlib import Path

import pytest

from .filter_corpus import Entry, read_corpus, selected_by_engine, selected_by_sysdig

CAPTURES = ("07-tiny.scap", "08-filter-cat.scap")


@pytest.mark.sysdig
@pytest.mark.parametrize("entry", read_corpus(), ids=lambda entry: entry.text)
def test_a_filter_selects_what_it_selects_for_sysdig(entry: Entry, captures: Path) -> None:
    for name in CAPTURES:
        capture = captures / name
        assert selected_by_engine(capture, entry.text) == selected_by_sysdig(capture, entry.for_sysdig), name


@pytest.mark.sysdig
def test_the_corpus_is_no_list_of_filters_that_select_nothing(captures: Path) -> None:
    selecting = [
        entry
        for entry in read_corpus()
        if any(len(selected_by_engine(captures / name, entry.text)) > 0 for name in CAPTURES)
    ]
    assert len(selecting) > 250
