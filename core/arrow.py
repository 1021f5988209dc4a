"""Columns by means of pyarrow, which is optional."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

    from tracer.core._engine import ColumnStream

# How long the engine works before Python looks at signals such as Ctrl-C.
SLICE_MS = 100

MISSING = "this needs pyarrow, which is not installed: pip install 'tracer[arrow]'"


def import_pyarrow() -> None:
    """Raises ImportError that says what to do where pyarrow is missing."""
    try:
        import pyarrow  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise ImportError(MISSING, name="pyarrow") from None


def batches(stream: ColumnStream, ended: Callable[[], bool] = lambda: False) -> Iterator[pyarrow.RecordBatch]:
    """The batches of a stream, until it has no more, or up to where it is when `ended` becomes true.

    Raises what the stream raises, and ImportError.
    """
    import_pyarrow()
    import pyarrow

    while not stream.ended:
        if ended():
            stream.finish()
        batch = stream.next(SLICE_MS)
        if batch is not None:
            yield pyarrow.record_batch(batch)


def read_table(stream: ColumnStream, ended: Callable[[], bool] = lambda: False) -> pyarrow.Table:
    """All batches as one table, in which each column has one dictionary."""
    import_pyarrow()
    import pyarrow

    schema = pyarrow.schema(stream)
    return pyarrow.Table.from_batches(batches(stream, ended), schema).unify_dictionaries()
