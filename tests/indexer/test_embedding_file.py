"""``indexer embed``: vectors for pipelines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from indexer.build import BuildReport
from search import SearchEngine, load_embedder
from search.arrays import Floats
from search.vectors.faiss_index import FaissIndex
from search.versions import VECTORS, IndexFolder

Cli = Callable[..., Result]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "features.parquet"


@pytest.fixture
def no_index(tmp_path: Path, networks: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place without an index; the converted network is taken from the tests' own cache."""
    monkeypatch.setattr(
        "indexer.embedding_file.load_embedder",
        lambda spec: _cached(load_embedder(spec), networks),
    )
    return tmp_path / "none"


def _cached(embedder: Any, cache: Path) -> Any:
    embedder._cache = cache
    return embedder


@pytest.fixture
def built(shop: Path, index: Path, build: Callable[..., BuildReport]) -> Path:
    build(shop, index)
    return index


def read(output: Path) -> pd.DataFrame:
    return pd.read_parquet(output)


def vectors(frame: pd.DataFrame) -> Floats:
    return np.stack(list(frame["vector"]))


def test_writes_a_row_for_each_image_in_the_order_of_the_file(
    cli: Cli, shop: Path, no_index: Path, output: Path
) -> None:
    result = cli("embed", shop, "-o", output, "--index", no_index)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{output}: 6 vectors of 1280 numbers by efficientnet_lite0+plain\n"
    schema = pq.read_schema(output)
    assert schema.names == ["product_id", "image_id", "source", "vector"]
    assert schema.types == [pa.string(), pa.int64(), pa.string(), pa.list_(pa.float32(), 1280)]
    frame = read(output)
    assert frame["product_id"].tolist() == [f"p{n}" for n in range(6)]
    assert frame["image_id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert frame["source"].tolist() == [f"images/{n}.png" for n in range(6)]


def test_vectors_are_unit_rows_and_those_of_the_library(
    cli: Cli, shop: Path, no_index: Path, output: Path, networks: Path
) -> None:
    cli("embed", shop, "-o", output, "--index", no_index)
    found = vectors(read(output))
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    paths = [shop.parent / f"images/{n}.png" for n in range(6)]
    alone = _cached(load_embedder(), networks).embed(paths)
    assert (found * alone).sum(axis=1).min() > 0.999


def test_creates_no_index(cli: Cli, shop: Path, no_index: Path, output: Path) -> None:
    cli("embed", shop, "-o", output, "--index", no_index)
    assert not no_index.exists()
    names = {path.name for path in output.parent.iterdir()}
    assert names == {"shop", "features.parquet", "features.rejects.csv"}


def test_with_an_index_gives_the_vectors_that_it_searches_and_leaves_it_untouched(
    cli: Cli,
    tmp_path: Path,
    index: Path,
    output: Path,
    make_shop: Callable[..., Path],
    build: Callable[..., BuildReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("indexer.tuning.choosing.ENOUGH_IMAGES", 40)
    shop = make_shop(tmp_path / "shop", 40)
    build(shop, index)
    before = {path: path.read_bytes() for path in (index / "versions").rglob("*.*")}
    revision = SearchEngine.open(index).state.revision
    result = cli("embed", shop, "-o", output, "--index", index, "--json")
    assert json.loads(result.stdout) == {
        "images": 40,
        "rejected": 0,
        "dim": 256,
        "model": "efficientnet_lite0+whitened",
        "output": str(output),
    }
    engine = SearchEngine.open(index)
    frame = read(output)
    folder = IndexFolder(index)
    sealed = FaissIndex.load(folder.folder(engine.state.version) / VECTORS)
    searched = sealed.vectors(frame["image_id"].to_numpy())
    assert (vectors(frame) * searched).sum(axis=1).min() > 0.999
    assert engine.state.revision == revision
    assert before == {path: path.read_bytes() for path in (index / "versions").rglob("*.*")}
    engine.close()


def test_another_model_gives_its_own_vectors(
    cli: Cli, shop: Path, built: Path, no_index: Path, output: Path, tiny_model: str
) -> None:
    result = cli("embed", shop, "-o", output, "--index", built, "--model", tiny_model, "--json")
    assert json.loads(result.stdout)["model"] == f"{tiny_model}+plain"
    assert vectors(read(output)).shape == (6, 256)


def test_rejects_stand_beside_the_vectors(
    cli: Cli,
    shop: Path,
    built: Path,
    output: Path,
    edit: Edit,
    read_rejects: Callable[[Path], list[dict[str, str]]],
) -> None:
    (shop.parent / "images/2.png").write_bytes(b"")
    edit(shop, lambda rows: rows[4].update(price="cheap"))
    result = cli("embed", shop, "-o", output, "--index", built)
    assert result.stdout.endswith(
        ", 2 rejected: see " + str(output.with_name("features.rejects.csv")) + "\n"
    )
    found = read_rejects(output.with_name("features.rejects.csv"))
    assert [(line["row"], line["product_id"]) for line in found] == [("6", "p4"), ("4", "p2")]
    assert read(output)["product_id"].tolist() == ["p0", "p1", "p3", "p5"]


class TestFailure:
    """One sentence, exit code 1, and an earlier file stays as it was."""

    @pytest.fixture(autouse=True)
    def earlier(self, output: Path) -> None:
        output.write_text("earlier")

    def fails(self, result: Result, *parts: str) -> None:
        assert result.exit_code == 1, result.output
        (line,) = result.stderr.splitlines()
        for part in parts:
            assert part in line

    def test_when_no_image_is_usable(self, cli: Cli, shop: Path, built: Path, output: Path) -> None:
        for path in (shop.parent / "images").iterdir():
            path.write_bytes(b"")
        result = cli("embed", shop, "-o", output, "--index", built)
        self.fails(result, str(shop), "no usable image", "features.rejects.csv")
        assert output.read_text() == "earlier"

    def test_when_the_folder_is_not_there(
        self, cli: Cli, shop: Path, built: Path, tmp_path: Path
    ) -> None:
        result = cli("embed", shop, "-o", tmp_path / "no/f.parquet", "--index", built)
        self.fails(result, str(tmp_path / "no"), "no such file or folder; check the path")

    def test_when_a_folder_stands_in_its_place(
        self, cli: Cli, shop: Path, built: Path, tmp_path: Path
    ) -> None:
        result = cli("embed", shop, "-o", tmp_path / "shop", "--index", built)
        self.fails(result, str(tmp_path / "shop"), "this is a folder; name a file")

    def test_when_there_is_no_catalog(self, cli: Cli, built: Path, output: Path) -> None:
        result = cli("embed", "gone.csv", "-o", output, "--index", built)
        self.fails(result, "gone.csv", "no such file")
        assert output.read_text() == "earlier"
        assert not output.with_name("features.rejects.csv").exists()

    def test_when_writing_fails_halfway(
        self,
        cli: Cli,
        shop: Path,
        built: Path,
        output: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
        self.fails(cli("embed", shop, "-o", output, "--index", built), "the disk is full")
        assert output.read_text() == "earlier"
        assert not list(output.parent.glob(".*"))
