"""FAISS or Milvus: the one place that decides it, by what a version's folder holds."""

from functools import partial
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import Engine

from search.arrays import Floats, Ids
from search.catalog.changes import ImageChanges, is_newest, lost_ids
from search.catalog.filterable import read_filterable
from search.errors import BadVectorsUrl
from search.vectors import Neighbours
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet
from search.vectors.live import LiveVectors
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.index import Known, MilvusIndex
from search.vectors.milvus.sealed import IN_MILVUS
from search.versions import VECTORS


class CurrentVectors(Protocol):
    """A version's vectors with the catalog's later changes; many threads may search them.

    ``holds_products`` says that what filters ask about is there too, and has to be kept up.
    """

    holds_products: bool

    def search(self, queries: Floats, k: int, allowed: IdSet | None = None) -> Neighbours:
        """As a ``VectorIndex`` does."""
        ...

    def vectors(self, ids: Ids) -> Floats:
        """As a ``VectorIndex`` does, but in no order."""
        ...

    def applied(self, changes: ImageChanges) -> Self:
        """The same with these changes."""
        ...

    def check(self, patience: float) -> None:
        """Raises VectorsUnavailable when a search would, after ``patience`` seconds at most."""
        ...


def open_vectors(
    files: Path, address: MilvusAddress | None, catalog: Engine, version: int
) -> CurrentVectors:
    """Of a version's folder; raises IndexDamaged, BadVectorsUrl or VectorsUnavailable."""
    if not (files / IN_MILVUS).is_file():
        base = FaissIndex.load(files / VECTORS)
        return LiveVectors.over(base, lost_ids(catalog, version, base.ids))
    if address is None:
        raise BadVectorsUrl(
            f"The vectors of version {version} are in Milvus; name it with --vectors, or run "
            "'indexer build' to make a new version."
        )
    found = MilvusIndex.load(files / IN_MILVUS, address, known_to(catalog))
    if is_newest(catalog, version):
        return found
    return found.without(lost_ids(catalog, version, found.ids))


def known_to(catalog: Engine) -> Known:
    """What the catalog has of images by their ids, for filters in Milvus."""
    read = partial(read_filterable, catalog)
    return lambda ids: read(ids.tolist())
