"""Filling a collection for a new version."""

from search.arrays import Floats, Ids
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.collection import Collection
from search.vectors.milvus.fields import row
from search.vectors.milvus.index import Known, MilvusIndex
from search.vectors.milvus.sealed import Sealed

EXACT, GRAPH = "FLAT", "HNSW"
_LINKS = {"M": 16, "efConstruction": 100}
_AT_ONCE = 4_000
"""Rows of a request, which Milvus limits to 64 MB."""


class MilvusBuilder:
    """A new collection of the ``owner``; exact, or a graph that is tuned by ``index(ef)``.

    ``known`` gives what filters ask about. Raises VectorsUnavailable.
    """

    def __init__(
        self, collection: Collection, owner: str, dim: int, known: Known, *, exact: bool
    ) -> None:
        self._collection = collection
        self._known = known
        self._dim = dim
        self._kind = EXACT if exact else GRAPH
        self._owner = owner
        self._count = 0
        collection.create(dim, owner)

    @property
    def address(self) -> MilvusAddress:
        """Where the collection is."""
        return self._collection.address

    def add(self, ids: Ids, vectors: Floats) -> None:
        """(n,) ids that are not there yet, and their (n, d) unit vectors."""
        for start in range(0, len(ids), _AT_ONCE):
            some, them = ids[start : start + _AT_ONCE], vectors[start : start + _AT_ONCE]
            known = self._known(some)
            self._collection.add(
                [row(one, it, known.get(one)) for one, it in zip(some.tolist(), them, strict=True)]
            )
        self._count += len(ids)

    def finish(self) -> None:
        """What was added can be searched from now on, and so can what is added later."""
        self._collection.flush()
        if self._kind == GRAPH:
            self._merge()
        self._collection.make_index(self._kind, _LINKS if self._kind == GRAPH else {})
        self._collection.load()

    def _merge(self) -> None:
        """Before there is a graph, which every merge makes anew; Milvus wants any index for it."""
        self._collection.make_index(EXACT, {})
        self._collection.merge()
        self._collection.drop_index()

    def index(self, ef: int = 0) -> MilvusIndex:
        """What has been added, searched with that effort."""
        facts = self._owner, self._kind, ef, self._count, self._dim
        sealed = Sealed(self._collection.name, *facts)
        return MilvusIndex(self.address, sealed, self._known)
