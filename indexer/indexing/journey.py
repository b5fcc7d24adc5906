"""Choosing, building and tuning the vector index of a version, from a stream of vectors."""

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Protocol

import numpy as np

from indexer.indexing.candidates import EXACT, EXACT_BELOW, candidates, sample_for
from indexer.indexing.choosing import choose
from indexer.indexing.efforts import least_effort
from indexer.indexing.held_out import HeldOut
from indexer.indexing.records import Effort, IndexReport, Limits, Trial
from indexer.indexing.trials import QUERIES, try_index
from indexer.progress import Steps
from search.arrays import Floats, Ids
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_gpu import fits
from search.vectors.faiss_index import FaissIndex


class Vectors(Protocol):
    """The vectors of a catalog, read from it whenever they are needed."""

    @property
    def images(self) -> int:
        """How many there are, about: others may be written meanwhile."""
        ...

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        ...

    def sample(self, count: int) -> tuple[Ids, Floats]:
        """So many at random, or all that there are: (n,) ids and (n, d) unit vectors."""
        ...

    def chunks(self) -> Iterator[tuple[Ids, Floats]]:
        """All of them, each once."""
        ...


class Builder(Protocol):
    """What an index is made with, piece by piece."""

    def add(self, ids: Ids, vectors: Floats) -> None:
        """(n,) ids that are not there yet, and their (n, d) unit vectors."""
        ...


def build_index(
    vectors: Vectors,
    limits: Limits,
    patience: float,
    steps: Steps,
    before: Sequence[Trial] = (),
) -> tuple[FaissIndex, IndexReport]:
    """The quickest index within ``limits`` that is built in ``patience`` seconds, and tuned.

    A GPU that has room for all vectors compares all. ``before`` are trials that still hold: nothing
    is tried again. In memory are the index, a chunk and a sample of bounded size.
    """
    if vectors.images < EXACT_BELOW or fits(vectors.images, vectors.dim):
        return _exact(vectors, limits)
    ids, sample = vectors.sample(sample_for(vectors.images))
    tried = before or _try_all(sample, vectors.images, limits.target_recall, steps)
    trials = choose(tried, limits, patience)
    start = perf_counter()
    held = HeldOut(ids[:QUERIES], sample[:QUERIES])
    builder = ApproximateBuilder(trials[0].codes, sample[QUERIES:])
    del sample
    aside = fill(builder, held, vectors)
    took = perf_counter() - start
    tuning = steps.start("Tuning the index", 1)
    best, efforts = least_effort(builder, held, limits.target_recall)
    tuning(1)
    builder.add(*aside)
    index = builder.finished()
    return index, _report(index, limits, took, trials, best, efforts)


def _exact(vectors: Vectors, limits: Limits) -> tuple[FaissIndex, IndexReport]:
    start = perf_counter()
    index = FaissIndex.build(vectors.chunks())
    took = perf_counter() - start
    return index, _report(index, limits, took)


def _try_all(sample: Floats, images: int, target: float, steps: Steps) -> list[Trial]:
    names = candidates(images)
    step = steps.start("Trying indexes", len(names))
    tried = []
    for codes in names:
        tried.append(try_index(codes, sample, images, target))
        step(1)
    return tried


def fill(builder: Builder, held: HeldOut, vectors: Vectors) -> tuple[Ids, Floats]:
    """Add all but those that are held out, which are given back."""
    ids, rows = [], []
    for some, them in vectors.chunks():
        is_held = np.isin(some, held.ids)
        builder.add(some[~is_held], them[~is_held])
        held.see(them[~is_held])
        ids.append(some[is_held])
        rows.append(them[is_held])
    return np.concatenate(ids), np.concatenate(rows)


def _report(
    index: FaissIndex,
    limits: Limits,
    seconds: float,
    trials: Sequence[Trial] = (),
    best: Effort | None = None,
    efforts: Sequence[Effort] = (),
) -> IndexReport:
    return IndexReport(
        codes=trials[0].codes if trials else EXACT,
        images=len(index),
        build_seconds=round(seconds, 2),
        target_recall=limits.target_recall,
        max_memory=limits.max_memory,
        queries=QUERIES if trials else 0,
        tuned=best,
        efforts=tuple(efforts),
        tried=tuple(trials),
    )
