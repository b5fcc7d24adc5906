"""Arrow tables and pandas frames."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from search.pipelines.embedding import REASON, VECTOR, SourceEmbedder

if TYPE_CHECKING:
    import pandas as pd


def embed_table(table: pa.Table, column: str = "image", **options: Any) -> pa.Table:
    """The same with the columns ``vector`` (fixed-size list of float32, null) and ``reason``.

    ``column`` holds paths, URLs or encoded pictures; ``options`` are those of ``SourceEmbedder``.
    Raises ModelError.
    """
    return with_vectors(table, column, SourceEmbedder(**options))


def embed_frame(frame: "pd.DataFrame", column: str = "image", **options: Any) -> "pd.DataFrame":
    """The same with the columns ``vector`` ((d,) float32, or None) and ``reason`` (or None).

    As ``embed_table``.
    """
    import pandas as pd

    found = list(SourceEmbedder(**options).embed(frame[column]))
    columns = dict(zip((VECTOR, REASON), zip(*found, strict=True), strict=True)) if found else {}
    # Objects: pandas would make a matrix of vectors, and numbers of what is missing.
    return frame.assign(
        **{name: pd.Series(columns.get(name, ()), frame.index, object) for name in (VECTOR, REASON)}
    )


def with_vectors(table: pa.Table, column: str, embedder: SourceEmbedder) -> pa.Table:
    """An Arrow table with what the embedder found."""
    found = list(embedder.embed(value.as_py() for value in table[column]))
    vectors = pa.array([one.vector for one in found], pa.list_(pa.float32(), embedder.dim))
    reasons = pa.array([one.reason for one in found], pa.string())
    return table.append_column(VECTOR, vectors).append_column(REASON, reasons)
