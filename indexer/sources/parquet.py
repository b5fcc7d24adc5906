"""Parquet files as records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from search.catalog.rows.layout import Record
from search.errors import CatalogFileError

_BATCH = 512
_BUFFER = 1 << 18  # bytes of each column; without it a row group is read whole


def read_parquet(path: Path) -> Iterator[Record]:
    """Yield a record for each row, with Python values in its cells."""
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER) as file:
            names = tuple(file.schema_arrow.names)
            row = 0
            for batch in file.iter_batches(_BATCH):
                for cells in zip(*map(_values, batch.columns), strict=True):
                    row += 1
                    yield Record(row, names, cells)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        reason = f"not a Parquet file, or a damaged one: {error}"
        raise CatalogFileError(f"{path}: {reason}; write it again") from error


def _values(column: Any) -> list[Any]:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":  # Python's own times end at microseconds
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    values: list[Any] = column.to_pylist()
    return values
