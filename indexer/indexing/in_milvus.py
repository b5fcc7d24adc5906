"""Filling, building and tuning the Milvus collection of a version, from a stream of vectors."""

from functools import partial
from time import perf_counter

import numpy as np

from indexer.indexing.candidates import EXACT_BELOW
from indexer.indexing.efforts import efforts
from indexer.indexing.held_out import NEAREST, HeldOut
from indexer.indexing.journey import Vectors, fill
from indexer.indexing.records import Effort, IndexReport, Limits
from indexer.indexing.trials import QUERIES
from indexer.progress import Steps
from search.vectors.milvus.building import MilvusBuilder
from search.vectors.milvus.collection import Collection
from search.vectors.milvus.index import Known, MilvusIndex

_LEAST, _MOST = 10, 5_120
_TIMED = 50


def build_in_milvus(
    vectors: Vectors, collection: Collection, owner: str, known: Known, limits: Limits, steps: Steps
) -> tuple[MilvusIndex, IndexReport]:
    """All of them compared, where there are few; else a graph that is tuned to the target recall.

    ``known`` gives what filters ask about. In memory are a chunk and the queries that are held out.
    """
    start = perf_counter()
    exact = vectors.images < EXACT_BELOW
    held = _held_out(vectors, exact=exact)
    builder = MilvusBuilder(collection, owner, vectors.dim, known, exact=exact)
    aside = fill(builder, held, vectors)
    building = steps.start("Building in Milvus", 1)
    builder.finish()
    building(1)
    tried = [] if exact else _tuned(builder, held, limits.target_recall, steps)
    builder.add(*aside)
    best = _best(tried, limits.target_recall)
    index = builder.index(best.effort if best else 0)
    return index, _report(index, limits, perf_counter() - start, best, tried)


def _held_out(vectors: Vectors, *, exact: bool) -> HeldOut:
    ids, sample = vectors.sample(1 if exact else QUERIES)
    return HeldOut(ids[:0], sample[:0]) if exact else HeldOut(ids, sample)


def _tuned(builder: MilvusBuilder, held: HeldOut, target: float, steps: Steps) -> list[Effort]:
    tuning = steps.start("Tuning the index", 1)
    tried = list(efforts(partial(_measured, builder, held), target, _LEAST, _MOST))
    tuning(1)
    return tried


def _measured(builder: MilvusBuilder, held: HeldOut, effort: int) -> Effort:
    """By queries of a length that is not asked twice, which changes no order.

    Milvus remembers where the search for a query ended, and the next for the same starts there: it
    would find more than any new query does (``lru_cache`` in knowhere's ``hnswalg.h``).
    """
    index, length = builder.index(effort), np.float32(effort)
    parts = np.array_split(held.queries * length, max(1, len(held.queries) // _TIMED))
    scores = np.concatenate([index.search(part, NEAREST).scores for part in parts])
    scores /= length
    start = perf_counter()
    for query in held.queries[:_TIMED] * (length + np.float32(0.5)):
        index.search(query[None], NEAREST)
    ms = 1000 * (perf_counter() - start) / _TIMED
    return Effort(effort, 1, round(held.recall(scores), 4), round(ms, 4))


def _best(tried: list[Effort], target: float) -> Effort | None:
    enough = [one for one in tried if one.recall >= target]
    if enough:
        return min(enough, key=lambda one: one.effort)
    return max(tried, key=lambda one: one.recall, default=None)


def _report(
    index: MilvusIndex, limits: Limits, seconds: float, best: Effort | None, tried: list[Effort]
) -> IndexReport:
    return IndexReport(
        codes=f"Milvus {index.sealed.kind}",
        images=index.sealed.count,
        build_seconds=round(seconds, 2),
        target_recall=limits.target_recall,
        max_memory=limits.max_memory,
        queries=QUERIES if best else 0,
        tuned=best,
        efforts=tuple(tried),
        tried=(),
    )
