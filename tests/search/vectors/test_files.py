"""What every vector index must do with its file."""

from pathlib import Path

import numpy as np
import pytest

from search.arrays import Floats, unit_rows
from search.errors import IndexDamaged
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet

EVERY: list[type[FaissIndex]] = [FaissIndex]
DIM = 12

pytestmark = pytest.mark.parametrize("engine", EVERY)


def unit_vectors(count: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return unit_rows(random.normal(size=(count, DIM)).astype(np.float32))


def made(engine: type[FaissIndex], count: int) -> FaissIndex:
    return engine.build([(np.arange(count)[::-1] + 5, unit_vectors(count))])


@pytest.mark.parametrize("count", [0, 60])
def test_a_saved_index_answers_the_same_after_loading(
    engine: type[FaissIndex], tmp_path: Path, count: int
) -> None:
    index = made(engine, count)
    index.save(tmp_path / "index")
    assert [path.name for path in tmp_path.iterdir()] == ["index"]
    back = engine.load(tmp_path / "index")
    assert len(back) == count
    assert np.array_equal(back.ids, index.ids)
    assert np.array_equal(back.vectors(index.ids), index.vectors(index.ids))
    for allowed in (None, IdSet(index.ids[:1]), IdSet(index.ids[:20])):
        before, after = (one.search(unit_vectors(5, seed=1), 3, allowed) for one in (index, back))
        assert np.array_equal(before.ids, after.ids)
        assert np.array_equal(before.scores, after.scores)


@pytest.mark.parametrize("kept", [0, 1, 20, 100, 0.5, -17])
def test_a_file_cut_short_is_damaged(engine: type[FaissIndex], tmp_path: Path, kept: float) -> None:
    path = tmp_path / "index"
    made(engine, 60).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)


@pytest.mark.parametrize("data", [b"", b"no index", bytes(5000), b"\xff" * 5000])
def test_another_file_or_none_is_damaged(
    engine: type[FaissIndex], tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "index"
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match=str(path)):
        engine.load(path)


@pytest.mark.parametrize("count", [1, 60, 3000], ids=["buffered", "small", "large"])
def test_a_full_disk_is_an_ordinary_error(
    engine: type[FaissIndex], tmp_path: Path, count: int
) -> None:
    path = tmp_path / "index"
    path.symlink_to("/dev/full")
    index = made(engine, count)
    with pytest.raises(OSError, match="No space left"):
        index.save(path)


def test_a_faiss_index_of_another_kind_is_damaged(engine: type[FaissIndex], tmp_path: Path) -> None:
    import faiss

    path = tmp_path / "index"
    for other in (
        faiss.IndexFlatIP(DIM),  # no ids
        faiss.IndexIDMap2(faiss.IndexLSH(DIM, 8)),  # no vectors
    ):
        faiss.write_index(other, str(path))
        with pytest.raises(IndexDamaged, match=str(path)):
            engine.load(path)
