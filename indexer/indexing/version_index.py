"""The vector index of a new version: in Milvus where the index folder has one, else in a file."""

from indexer.grading.exactness import exact_share
from indexer.indexing.catalog_vectors import CatalogVectors
from indexer.indexing.choosing import VERSIONS, patience
from indexer.indexing.in_milvus import build_in_milvus
from indexer.indexing.journey import build_index
from indexer.indexing.records import IndexReport, Limits
from indexer.indexing.remembered import trials_for
from indexer.workbench import Workbench
from search.vectors import VectorIndex
from search.vectors.milvus.index import MilvusIndex
from search.vectors.milvus.sealed import IN_MILVUS
from search.vectors.opening import known_to
from search.vectors.places import owner_of
from search.vectors.publishing import collections_of
from search.versions import VECTORS
from search.versions.manifest import Manifest


def vectors_file(bench: Workbench) -> str:
    """The name of the file of a version that says where its vectors are, or holds them."""
    return IN_MILVUS if bench.milvus else VECTORS


def index_of(
    bench: Workbench,
    vectors: CatalogVectors,
    version: int,
    live: Manifest | None,
    limits: Limits,
) -> tuple[VectorIndex, IndexReport]:
    """In Milvus or for a file; what was found out for ``live`` is not tried again."""
    if bench.milvus is None:
        waits = patience(bench.catalog.published(VERSIONS))
        tried = trials_for(live, vectors.images, limits)
        return build_index(vectors, limits, waits, bench.steps, tried)
    made = collections_of(bench.folder, bench.milvus)
    made.drop_others(bench.versions())
    owner, known = owner_of(bench.folder), known_to(bench.catalog.engine)
    return build_in_milvus(vectors, made.new(version), owner, known, limits, bench.steps)


def share_found(vectors: VectorIndex, index: IndexReport) -> float:
    """Of the exact nearest; as tuning found it in Milvus: reading all back takes minutes."""
    if isinstance(vectors, MilvusIndex) and index.tuned:
        return index.tuned.recall
    return exact_share(vectors)
