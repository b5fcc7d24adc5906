"""Every engine that holds vectors, each for real."""

from collections.abc import Callable, Iterable

import pytest

from search.arrays import Floats, Ids
from search.vectors import VectorIndex
from search.vectors.faiss_index import FaissIndex
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.building import MilvusBuilder
from search.vectors.milvus.collection import Collection
from search.vectors.milvus.index import MilvusIndex
from tests.milvus import MilvusServer

Build = Callable[[Iterable[tuple[Ids, Floats]]], VectorIndex]


@pytest.fixture(scope="module", params=["faiss", "milvus", "milvus in a file"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Builds an index from chunks; one of the same chunks is built once."""
    if request.param == "faiss":
        return FaissIndex.build
    if request.param == "milvus":
        server: MilvusServer = request.getfixturevalue("milvus")
        return Remembered(server.new_url)
    folder = tmp_path_factory.mktemp("milvus")
    numbers = iter(range(10**6))
    return Remembered(lambda: f"milvus://{folder}/vectors.db/shop_{next(numbers)}")


_MOST = 4


class Remembered:
    """Milvus takes seconds to load a collection, and nothing here changes one."""

    def __init__(self, new_url: Callable[[], str]) -> None:
        self._new_url = new_url
        self._known: dict[bytes, MilvusIndex] = {}

    def __call__(self, chunks: Iterable[tuple[Ids, Floats]]) -> VectorIndex:
        parts = list(chunks)
        key = b"|".join(ids.tobytes() + vectors.tobytes() for ids, vectors in parts)
        if key not in self._known:
            address = MilvusAddress.parse(self._new_url())
            collection = Collection(address, address.collection)
            dim = parts[0][1].shape[1]
            builder = MilvusBuilder(collection, "tests", dim, lambda _: {}, exact=True)
            for ids, vectors in parts:
                builder.add(ids, vectors)
            builder.finish()
            self._known[key] = builder.index()
            self._forget()
        return self._known[key]

    def _forget(self) -> None:
        while len(self._known) > _MOST:
            oldest = self._known.pop(next(iter(self._known)))
            Collection(oldest.address, oldest.sealed.collection).drop()
