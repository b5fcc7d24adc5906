"""Vectors in pipelines: the same by every way, and what is no picture stops none of them."""

import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from search.errors import EngineUnavailable
from search.pipelines import RayEmbedder, embed_frame, embed_table, spark_embedder
from search.pipelines.embedding import _embedder
from tests.search.pipelines.conftest import Pictures


def check(pictures: Pictures, found: dict[str, tuple[Any, str | None]]) -> None:
    """``found`` has the vector of each picture, and a reason for the one that is none."""
    sources = pictures.sources()
    for source, expected in zip(sources, pictures.vectors, strict=False):
        vector, reason = found[source]
        assert reason is None
        assert np.dot(np.asarray(vector, np.float32), expected) >= 0.999, source
    assert len(found) == len(sources) == len(pictures.vectors) + 1
    assert found[sources[-1]][0] is None
    assert "not a readable image" in (found[sources[-1]][1] or "")


def by_source(table: pa.Table) -> dict[str, tuple[Any, str | None]]:
    return {row["image"]: (row["vector"], row["reason"]) for row in table.to_pylist()}


class TestTables:
    def test_arrow(self, pictures: Pictures) -> None:
        table = embed_table(pa.table({"image": pictures.sources()}), **pictures.options)
        check(pictures, by_source(table))
        assert table.schema.field("vector").type == pa.list_(
            pa.float32(), pictures.vectors.shape[1]
        )

    def test_pandas(self, pictures: Pictures) -> None:
        frame = pd.DataFrame({"image": pictures.sources(), "n": 3})
        frame = embed_frame(frame, **pictures.options)
        rows = zip(frame["image"], frame["vector"], frame["reason"], strict=True)
        check(pictures, {source: (vector, reason) for source, vector, reason in rows})
        assert list(frame["n"]) == [3] * len(frame)

    def test_bytes(self, pictures: Pictures) -> None:
        given = [(pictures.folder / name).read_bytes() for name in pictures.names]
        table = embed_table(pa.table({"image": given}), **pictures.options)
        vectors = np.array(table["vector"].to_pylist(), np.float32)
        assert (vectors * pictures.vectors).sum(axis=1).min() >= 0.999

    def test_nothing_is_no_picture(self, pictures: Pictures) -> None:
        table = embed_table(pa.table({"image": pa.array([None, ""])}), **pictures.options)
        assert table["reason"].to_pylist() == ["there is no path, URL or picture"] * 2
        empty = embed_table(pa.table({"image": pa.array([], pa.string())}), **pictures.options)
        assert len(empty) == 0

    @pytest.mark.parametrize("source", ["/etc/hostname", "../secret.jpg"])
    def test_nothing_outside_of_the_root_is_read(self, pictures: Pictures, source: str) -> None:
        table = embed_table(pa.table({"image": [source]}), **pictures.options)
        assert table["reason"].to_pylist() == ["the file is outside the image folder"]

    def test_no_private_address_is_asked_unless_allowed(self, pictures: Pictures) -> None:
        options = pictures.options | {"fetch_allow": ()}
        table = embed_table(pa.table({"image": pictures.sources()[:1]}), **options)
        assert "not public" in table["reason"].to_pylist()[0]

    def test_the_model_is_loaded_once_in_a_process(self, pictures: Pictures) -> None:
        _embedder.cache_clear()
        for _ in range(3):
            embed_table(pa.table({"image": pictures.names[:1]}), **pictures.options)
        assert _embedder.cache_info().misses == 1


# Ray Data and Spark use what is deprecated themselves, and Spark warns of pandas 3.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
class TestEngines:
    @pytest.mark.usefixtures("a_ray")
    def test_ray_data(self, pictures: Pictures) -> None:
        import ray.data

        dataset = ray.data.from_arrow(pa.table({"image": pictures.sources()})).map_batches(
            RayEmbedder,
            batch_format="pyarrow",
            concurrency=1,
            fn_constructor_kwargs=pictures.options,
        )
        check(pictures, by_source(pa.Table.from_pylist(dataset.take_all())))

    def test_spark(self, pictures: Pictures, spark: Any) -> None:
        frame = spark.createDataFrame([(one,) for one in pictures.sources()], ["image"])
        embedded = spark_embedder(**pictures.options)("image").alias("embedded")
        rows = frame.select("image", embedded).collect()
        check(pictures, {row.image: (row.embedded.vector, row.embedded.reason) for row in rows})

    def test_a_spark_that_is_not_installed_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyspark.sql.functions", None)
        with pytest.raises(EngineUnavailable, match=r"lookalike\[spark\]"):
            spark_embedder()
