"""A graph in Milvus: tuned to what it must find, which it finds from then on."""

from collections.abc import Iterator

import numpy as np
import pytest

from indexer.indexing import in_milvus
from indexer.indexing.in_milvus import build_in_milvus
from indexer.indexing.records import IndexReport
from indexer.indexing.trials import QUERIES
from search.arrays import Floats, Ids
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.collection import Collection
from search.vectors.milvus.index import MilvusIndex
from tests.indexer.indexing.streams import LIMITS, QUIET, Stream
from tests.milvus import MilvusServer


class Piecemeal(Stream):
    """Each two thousand become a part of their own."""

    def __init__(self, url: str) -> None:
        super().__init__(8_000)
        address = MilvusAddress.parse(url)
        self.collection = Collection(address, address.collection)

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        for number, chunk in enumerate(super().chunks()):
            yield chunk
            if number % 2:
                self.collection.flush()


@pytest.fixture(scope="module", params=["server", "file"])
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Piecemeal:
    if request.param == "server":
        server: MilvusServer = request.getfixturevalue("milvus")
        return Piecemeal(server.new_url())
    return Piecemeal(f"milvus://{tmp_path_factory.mktemp('milvus')}/vectors.db/shop")


@pytest.fixture(scope="module")
def built(stream: Piecemeal) -> tuple[MilvusIndex, IndexReport]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_milvus, "EXACT_BELOW", 1000)
        return build_in_milvus(stream, stream.collection, "tests", lambda _: {}, LIMITS, QUIET)


def test_a_graph_finds_what_it_must_with_the_least_effort(
    stream: Piecemeal, built: tuple[MilvusIndex, IndexReport]
) -> None:
    index, report = built
    assert report.codes == "Milvus HNSW"
    assert report.tuned is not None and report.tuned.recall >= 0.95
    assert index.sealed.ef == report.tuned.effort
    less = [one for one in report.efforts if one.effort < 0.9 * report.tuned.effort]
    assert all(one.recall < 0.95 for one in less)


def test_everything_is_found_also_what_was_held_out(
    stream: Piecemeal, built: tuple[MilvusIndex, IndexReport]
) -> None:
    index, _ = built
    assert len(index) == stream.images
    assert set(index.ids.tolist()) == set(stream.ids.tolist())
    held, vectors = stream.sample(100)
    assert np.mean(index.search(vectors, 1).ids[:, 0] == held) >= 0.95


def test_new_queries_find_as_much_as_those_it_was_tuned_with(
    stream: Piecemeal, built: tuple[MilvusIndex, IndexReport]
) -> None:
    index, _ = built
    nearest = np.argsort(-stream.queries @ stream.vectors.T, axis=1)[:, :10]
    found = index.search(stream.queries, 10).ids
    pairs = zip(found, stream.ids[nearest], strict=True)
    assert np.mean([np.isin(one, right).mean() for one, right in pairs]) >= 0.94


@pytest.mark.parametrize("stream", ["server"], indirect=True)
def test_milvus_keeps_the_parts_that_the_effort_was_tuned_for(
    stream: Piecemeal, built: tuple[MilvusIndex, IndexReport]
) -> None:
    index, _ = built
    with index.address.client() as client:
        name = index.sealed.collection
        known = client.describe_collection(name)
        parts = [one.num_rows for one in client.list_persistent_segments(name)]
    assert known["properties"]["collection.autocompaction.enabled"] == "false"
    assert known["properties"]["lookalike.owner"] == "tests"
    assert parts == [stream.images - QUERIES], "four parts were made one, without those held out"
