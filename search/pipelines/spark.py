"""Spark: ``frame.select("*", spark_embedder()("image").alias("embedded"))``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from search.errors import EngineUnavailable
from search.pipelines.embedding import SourceEmbedder

if TYPE_CHECKING:
    pass

_TYPE = "vector array<float>, reason string"


def spark_embedder(**options: Any) -> Any:
    """A pandas UDF: a column of paths, URLs or binaries → a struct ``vector``, ``reason``.

    Each Python worker loads the model once, and uses one thread, as Spark gives it one core
    (``spark.task.cpus``) unless ``threads`` says otherwise. ``options`` are those of
    ``SourceEmbedder``; a ``cache`` folder spares the workers of a host from converting the network
    each. Raises EngineUnavailable where Spark is not installed.
    """
    try:
        import pandas as pd
        from pyspark.sql.functions import pandas_udf
    except ImportError as error:
        raise EngineUnavailable(
            "Spark is not installed; run: pip install 'lookalike[spark]'."
        ) from error
    embedder = SourceEmbedder(**{"threads": 1, **options})

    def embed(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        for sources in batches:
            found = embedder.embed(sources)
            rows = [(None if row is None else row.tolist(), reason) for row, reason in found]
            yield pd.DataFrame(rows, columns=["vector", "reason"], dtype=object)

    return pandas_udf(embed, _TYPE)
