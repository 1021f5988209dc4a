"""Events as Arrow columns, for programs that analyse tables."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import tracer
from tests import made_capture

OPENED = "evt.type=openat and evt.dir=<"

KINDS = {
    "evt.num": pa.uint64(),
    "evt.time": pa.timestamp("ns", "UTC"),
    "evt.datetime.s": pa.timestamp("s", "UTC"),
    "evt.rawres": pa.int64(),
    "evt.failed": pa.bool_(),
    "evt.buffer": pa.binary(),
    "evt.args": pa.string(),
    "proc.name": pa.dictionary(pa.int32(), pa.string()),
    "proc.aname": pa.list_(pa.dictionary(pa.int32(), pa.string())),
    "evt.rawarg.res": pa.int64(),
    "fd.sip": pa.dictionary(pa.int32(), pa.string()),
    "thread.cpu": pa.float64(),
}


@pytest.fixture
def tiny(captures: Path) -> Path:
    return captures / "07-tiny.scap"


@pytest.fixture
def long(captures: Path, tmp_path: Path) -> Path:
    """A capture of more events than a batch has rows: three in one file, one after the other."""
    path = tmp_path / "long.scap.gz"
    path.write_bytes((captures / "02-net.scap.gz").read_bytes() * 3)
    return path


def test_a_table_has_a_row_for_each_event_and_the_types_of_the_fields(tiny: Path) -> None:
    with tracer.open(tiny, filter=OPENED) as stream:
        table = stream.to_arrow(KINDS)
    table.validate(full=True)
    assert {field.name: field.type for field in table.schema} == KINDS
    assert table.num_rows == 186
    # The event as `sysdig -r` prints it:
    # 151 15:03:08.220519562 1 dmesg (791) < openat fd=3(<f>/etc/ld.so.cache) dirfd=-100(AT_FDCWD) ...
    assert table["evt.num"][0].as_py() == 151
    assert table["proc.name"][0].as_py() == "dmesg"


@pytest.mark.parametrize(
    "field",
    [
        "evt.rawtime", "evt.type", "evt.dir", "evt.failed", "evt.buffer", "evt.args", "evt.arg.flags", "evt.rawres",
        "evt.cpu", "proc.name", "proc.pid", "proc.cmdline", "fd.num", "fd.name", "fd.types", "fd.sport", "fd.sip",
    ],
)  # fmt: skip
def test_a_column_has_the_values_that_the_events_have(captures: Path, field: str) -> None:
    capture = captures / "02-net.scap.gz"
    with tracer.open(capture) as stream:
        expected = [event[field] for event in itertools.islice(stream, 10_000)]
    with tracer.open(capture) as stream:
        table = stream.to_arrow([field], limit=10_000)
    column = table[field].cast(pa.int64()) if pa.types.is_timestamp(table[field].type) else table[field]
    assert column.to_pylist() == expected
    assert len({str(value) for value in expected}) > 1


def test_a_long_capture_comes_in_batches_of_one_table(long: Path) -> None:
    fields = ["evt.num", "proc.name", "proc.aname", "fd.name"]
    with tracer.open(long) as stream:
        table = stream.to_arrow(fields)
    table.validate(full=True)
    assert table.num_rows == 3 * 29_301
    assert table["evt.num"].num_chunks > 1
    thirds = [table.slice(start * 29_301, 29_301) for start in range(3)]
    for name in fields[1:]:
        columns = [third[name].to_pylist() for third in thirds]
        assert columns[0] == columns[1] == columns[2]
    # One dictionary for the whole column: aggregation works.
    counts = table.group_by("proc.name").aggregate([([], "count_all")])
    assert sum(counts["count_all"].to_pylist()) == table.num_rows


def test_any_arrow_consumer_reads_a_stream_batch_by_batch(long: Path) -> None:
    with tracer.open(long) as stream:
        reader = pa.RecordBatchReader.from_stream(stream.columns(["evt.num", "evt.type"]))
        sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == 3 * 29_301
    assert max(sizes) == 65_536


def test_a_stream_itself_has_the_columns_that_lines_show(tiny: Path) -> None:
    with tracer.open(tiny) as stream:
        table = pa.table(stream)
    assert table.column_names[:4] == ["evt.num", "evt.time", "evt.cpu", "proc.name"]
    assert table.num_rows == 3042


def test_columns_go_on_where_events_were_read(tiny: Path) -> None:
    with tracer.open(tiny) as stream:
        numbers = [next(stream).number, next(stream).number]
        numbers += stream.to_arrow(["evt.num"], limit=3)["evt.num"].to_pylist()
        numbers += [next(stream).number]
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_what_is_no_utf8_has_replacement_characters(tmp_path: Path) -> None:
    chdir, name = 95, b"/tmp/\xc3\xa9\xff\xe2\x82\0"
    capture = made_capture.write(tmp_path / "made.scap", made_capture.event(chdir, [made_capture.i64(0), name]))
    with tracer.open(capture) as stream:
        table = stream.to_arrow(["proc.cwd", "evt.arg.path"])
    table.validate(full=True)
    # One for each byte that is part of no character.
    assert table["evt.arg.path"].to_pylist() == ["/tmp/\u00e9\ufffd\ufffd\ufffd"]
    assert table["proc.cwd"].to_pylist() == ["/tmp/\u00e9\ufffd\ufffd\ufffd/"]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("fd.nam", "no field fd.nam"),
        ("", "no field"),
        ("evt.type extra", "no field"),
        ("evt.arg", "argument"),
        ("evt.around[1]", "filters only"),
    ],
)
def test_what_is_no_column_is_refused_before_anything_is_read(tiny: Path, field: str, message: str) -> None:
    with tracer.open(tiny) as stream:
        with pytest.raises(ValueError, match=message):
            stream.to_arrow([field])
        assert next(stream).number == 1


def test_damage_is_told_after_the_rows_before_it(tiny: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.scap"
    cut.write_bytes(tiny.read_bytes()[:200_001])
    with tracer.open(cut) as stream, pytest.raises(tracer.FormatError, match="byte 200000"):
        stream.to_arrow(["evt.num"])
    with tracer.open(cut) as stream:
        reader = pa.RecordBatchReader.from_stream(stream.columns(["evt.num"]))
        assert reader.read_next_batch().num_rows > 1000
        with pytest.raises(OSError, match="byte 200000"):
            reader.read_next_batch()


def test_without_pyarrow_the_error_says_what_to_install(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing("pyarrow"), *sys.meta_path])
    with tracer.open(tiny) as stream, pytest.raises(ImportError, match=r"pip install 'tracer\[arrow\]'"):
        stream.to_arrow(["evt.num"])


class Missing:
    """Finds that a module is not installed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == self.name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
