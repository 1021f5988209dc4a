"""`tracer export`: events as a table, in a file or on standard output."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from tests.conftest import TRACER, RunTracer

OPENED = ["evt.type=openat", "and", "evt.dir=<"]
FIRST_OPENED = {"evt.num": 151, "proc.name": "dmesg", "fd.name": "/etc/ld.so.cache"}


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


def test_json_has_an_object_for_each_event(tracer_command: RunTracer, tiny: Path) -> None:
    ran = tracer_command("export", "--to", "json", "-p", "evt.num,proc.name,fd.name", tiny, *OPENED)
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.lines[0]) == FIRST_OPENED
    assert len(ran.lines) == 186


def test_parquet_is_read_back_as_a_table(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "opened.parquet"
    ran = tracer_command("export", tiny, *OPENED, "--to=parquet", "-o", out, "-p", "%evt.num %proc.name %fd.name")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    table = pyarrow.parquet.read_table(out)
    assert table.num_rows == 186
    assert table.slice(0, 1).to_pylist() == [FIRST_OPENED]


def test_arrow_is_a_stream_on_standard_output(tiny: Path) -> None:
    out = subprocess.run([TRACER, "export", tiny, "--to", "arrow", "-n", "5"], capture_output=True, check=True).stdout
    table = pa.ipc.open_stream(io.BytesIO(out)).read_all()
    assert table["evt.num"].to_pylist() == [1, 2, 3, 4, 5]
    assert table.column_names == [
        "evt.num", "evt.time", "evt.cpu", "proc.name", "thread.tid", "evt.dir", "evt.type", "evt.info",
    ]  # fmt: skip


def test_a_live_source_is_exported_too(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    ran = tracer_command("export", "--driver", f"fake:{tiny}", *OPENED, "--to", "parquet", "-o", out)
    assert ran.status == 0
    assert pyarrow.parquet.read_table(out).num_rows == 186


READERS: dict[str, Callable[[Path], int]] = {
    "arrow": lambda path: pa.ipc.open_stream(path.read_bytes()).read_all().num_rows,
    "json": lambda path: len([json.loads(line) for line in path.read_text().splitlines()]),
    "parquet": lambda path: pyarrow.parquet.read_table(path).num_rows,
}
"""By format: how many rows a file has, which has to be whole."""


@pytest.mark.parametrize("kind", READERS)
def test_damage_leaves_a_whole_table_of_what_came_before(
    tracer_command: RunTracer, tiny: Path, tmp_path: Path, kind: str
) -> None:
    cut, out = tmp_path / "cut.scap", tmp_path / "out"
    cut.write_bytes(tiny.read_bytes()[:200_001])
    before = len(tracer_command("-r", cut).lines)
    ran = tracer_command("export", cut, "--to", kind, "-o", out)
    assert ran.status == 1
    assert "byte 200000" in ran.err
    assert READERS[kind](out) == before > 1000


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--to", "json"], 2, "which capture"),
        (["--to", "arrow", "-p", "fd.nam", "TINY"], 1, "no field fd.nam"),
        (["--to", "json", "-p", "fd.nam", "TINY"], 1, "fd.nam"),
        (["--to", "chrome", "-p", "fd.nam", "TINY"], 1, "no field fd.nam"),
        (["--to", "xml", "TINY"], 2, "there is no kind xml"),
        (["--to", "arrow", "/nosuch/capture"], 1, "/nosuch/capture"),
        (["--to", "arrow", "TINY", "proc.nam=x"], 2, "proc.nam"),
    ],
)
def test_errors_say_what_was_wrong(
    tracer_command: RunTracer, tiny: Path, words: list[str], status: int, message: str
) -> None:
    ran = tracer_command("export", *(str(tiny) if word == "TINY" else word for word in words))
    assert (ran.status, ran.out) == (status, "")
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_the_capture_that_is_read_is_not_overwritten(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.scap"
    copy.write_bytes(tiny.read_bytes())
    ran = tracer_command("export", copy, "--to", "parquet", "-o", copy)
    assert ran.status != 0
    assert copy.read_bytes() == tiny.read_bytes()


def test_duckdb_reads_parquet(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    import duckdb

    out = tmp_path / "opened.parquet"
    assert tracer_command("export", tiny, *OPENED, "--to=parquet", "-o", out).status == 0
    query = f"""select count(*), min(epoch_ns("evt.time")) from '{out}' where "proc.name" = 'dmesg'"""
    # 151 15:03:08.245026738 1 dmesg (791) < openat
    assert duckdb.sql(query).fetchall() == [(31, 1795359788_245026738)]


def test_polars_reads_an_arrow_stream(tiny: Path) -> None:
    import polars

    out = subprocess.run([TRACER, "export", tiny, *OPENED, "--to", "arrow"], capture_output=True, check=True).stdout
    frame = polars.read_ipc_stream(io.BytesIO(out))
    assert frame.filter(polars.col("proc.name") == "cat").height == 31


def test_duckdb_and_polars_read_json_lines(tracer_command: RunTracer, tiny: Path, tmp_path: Path) -> None:
    import duckdb
    import polars

    out = tmp_path / "opened.jsonl"
    words = ("-p", "evt.num,proc.name,fd.name,evt.rawres", "-o", out)
    assert tracer_command("export", tiny, *OPENED, "--to=json", *words).status == 0
    assert polars.read_ndjson(out).row(0, named=True) == {**FIRST_OPENED, "evt.rawres": 3}
    assert duckdb.sql(f"select count(*) from '{out}'").fetchall() == [(186,)]
