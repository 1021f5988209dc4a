"""Captures as a data source of Apache Spark 4: ``spark.read.format("scap").load("captures/*.scap")``.

Register it once in a session: ``spark.dataSource.register(ScapDataSource)``. Each file is read by one task, in the
worker that the task runs in, which needs tracer and the file under the same path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql.types import StructType

FILE_COLUMN = "capture"
"""The column with the path of the file that an event is from."""

SUFFIXES = (".scap", ".scap.gz")
"""What a folder is searched for."""

OPTIONS = ("fields", "filter", "path", "paths")


class ScapDataSource(DataSource):
    """Events of captures: a row for each event, a column for each field, and one for the file.

    Options: `fields`, the names of fields with commas in between; `filter`, which events.
    """

    @classmethod
    def name(cls) -> str:
        """What `format` calls it."""
        return "scap"

    def schema(self) -> StructType:
        """The columns of the fields that were asked for, by their types in the first of the files."""
        from pyspark.sql.pandas.types import from_arrow_schema

        return from_arrow_schema(_spark_schema(_files(self.options)[0], _fields(self.options)))

    def reader(self, schema: StructType) -> DataSourceReader:
        """Reads the files, each in a task of its own."""
        unknown = sorted(self.options.keys() - set(OPTIONS))
        if unknown:
            raise ValueError(f"the format scap has no option {unknown[0]}: there are {', '.join(OPTIONS)}")
        return _Reader(_files(self.options), _fields(self.options), self.options.get("filter"))


@dataclass
class _File(InputPartition):
    """What one task reads."""

    path: str


class _Reader(DataSourceReader):
    def __init__(self, files: Sequence[str], fields: Sequence[str], filter: str | None) -> None:
        self._files = files
        self._fields = fields
        self._filter = filter

    def partitions(self) -> Sequence[InputPartition]:
        return [_File(path) for path in self._files]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        """The file's events. Raises FormatError where it is damaged: the task fails, and says where."""
        import tracer

        assert isinstance(partition, _File)
        with tracer.open(partition.path, filter=self._filter) as events:
            for batch in events.batches(*_given(self._fields)):
                yield _for_spark(batch, partition.path)


def _files(options: Mapping[str, str]) -> list[str]:
    """The files that `load` names: one path or several, of files or folders, or patterns. Raises FileNotFoundError."""
    named = json.loads(options["paths"]) if "paths" in options else []
    if "path" in options:
        named.append(options["path"])
    if not named:
        raise ValueError("the format scap needs a path: load(PATH)")
    return [file for path in named for file in _expanded(path.removeprefix("file://"))]


def _expanded(path: str) -> list[str]:
    if Path(path).is_dir():
        found = sorted(str(file) for file in Path(path).iterdir() if file.name.endswith(SUFFIXES))
        what = f"no file {' or '.join('*' + suffix for suffix in SUFFIXES)} in {path}"
    else:
        found = [path] if Path(path).exists() else sorted(glob(path))  # noqa: PTH207 - a pattern with folders
        what = f"no file {path}"
    if not found:
        raise FileNotFoundError(what)
    return found


def _fields(options: Mapping[str, str]) -> list[str]:
    """The fields that were asked for; none for those that streams have by default."""
    return [name.strip() for name in options.get("fields", "").split(",") if name.strip()]


def _given(fields: Sequence[str]) -> tuple[Sequence[str], ...]:
    return (fields,) if fields else ()


def _spark_schema(path: str, fields: Sequence[str]) -> pyarrow.Schema:
    import pyarrow

    import tracer

    with tracer.open(path) as events:
        schema = pyarrow.schema(events.columns(*_given(fields)))
    columns = [(column.name, _spark_type(column.type)) for column in schema]
    return pyarrow.schema([*columns, (FILE_COLUMN, pyarrow.string())])


def _spark_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    """The type of Spark that holds the values: it has no dictionaries, no unsigned integers and no nanoseconds."""
    import pyarrow

    if pyarrow.types.is_dictionary(kind):
        return kind.value_type
    if pyarrow.types.is_unsigned_integer(kind):
        return pyarrow.int64()
    if pyarrow.types.is_timestamp(kind):
        return pyarrow.timestamp("us", kind.tz)
    if pyarrow.types.is_list(kind):
        return pyarrow.list_(_spark_type(kind.value_type))
    return kind


def _for_spark(batch: pyarrow.RecordBatch, path: str) -> pyarrow.RecordBatch:
    import pyarrow
    import pyarrow.compute as compute

    columns = []
    for column in batch.columns:
        kind = _spark_type(column.type)
        # Below a microsecond times are cut off; what does not fit in another way is an error.
        columns.append(compute.cast(column, kind, safe=not pyarrow.types.is_timestamp(kind)))
    columns.append(pyarrow.repeat(path, len(batch)))
    return pyarrow.record_batch(columns, names=[*batch.schema.names, FILE_COLUMN])
