"""Trying indexes on a sample, and what is to be expected of each on all of it."""

import math
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from indexer.indexing.candidates import is_graph, lists_for
from indexer.indexing.efforts import least_effort
from indexer.indexing.held_out import HeldOut
from indexer.indexing.records import Effort, Trial
from search.arrays import Floats
from search.vectors.faiss_building import ApproximateBuilder

TRIED_ON = 100_000
"""Vectors that an index is tried on at most."""

QUERIES = 500
"""Vectors that are held out and asked."""

_SMALLER = 4
"""An index is tried on so many times fewer vectors, too: how a query grows is measured."""

_STEEPEST = 0.6
_FLATTEST_GRAPH, _FLATTEST_LISTS = 0.4, 0.0
"""The powers between which times are known to grow: what is measured beyond is chance. A graph that
was small enough for the processor's caches is not when it has grown, which no trial shows: from
100,000 to 1,000,000 vectors its power was 0.48, and that of lists 0.02 (docs/performance.md)."""

_FLOAT16 = 2
_ID = 8


def try_index(codes: str, sample: Floats, images: int, target: float) -> Trial:
    """Build ``codes`` from (n, d) vectors at random, and tune it with some that are held out.

    ``images`` are in the catalog, ``target`` is the recall to reach, 0 to 1.
    """
    asked, gallery = sample[:QUERIES], sample[QUERIES : QUERIES + TRIED_ON]
    small = _Built.of(codes, asked, gallery[: len(gallery) // _SMALLER], target)
    large = _Built.of(codes, asked, gallery, target)
    times = images / len(gallery)
    return Trial(
        codes=codes,
        images=len(gallery),
        queries=len(asked),
        bytes_per_image=round(large.searched + _FLOAT16 * sample.shape[1] + _ID, 1),
        build_seconds=round(large.training + large.adding, 2),
        efforts=large.efforts,
        best=large.best,
        expected_ms=round(large.best.ms * times ** _power(codes, small, large), 4),
        expected_seconds=round(_expected_seconds(codes, large, times, images), 1),
        expected_memory=round(large.searched * images),
    )


@dataclass(frozen=True, slots=True)
class _Built:
    """Seconds of ``training`` and ``adding``, and the bytes ``searched`` for each image."""

    training: float
    adding: float
    searched: float
    best: Effort
    efforts: tuple[Effort, ...]

    @classmethod
    def of(cls, codes: str, asked: Floats, gallery: Floats, target: float) -> "_Built":
        held = HeldOut(np.arange(len(asked)), asked)
        held.see(gallery)
        start = perf_counter()
        builder = ApproximateBuilder(_scaled(codes, len(gallery)), gallery)
        trained = perf_counter()
        builder.add(np.arange(len(gallery)), gallery)
        added = perf_counter()
        best, efforts = least_effort(builder, held, target)
        searched = builder.codes_bytes / len(gallery)
        return cls(trained - start, added - trained, searched, best, tuple(efforts))


def _scaled(codes: str, images: int) -> str:
    """The same with as many lists as are right for so many images."""
    return codes if is_graph(codes) else f"IVF{lists_for(images)},{codes.split(',')[1]}"


def _power(codes: str, small: _Built, large: _Built) -> float:
    """A query in n images takes about as long as n to this power."""
    power = math.log(large.best.ms / small.best.ms) / math.log(_SMALLER)
    flattest = _FLATTEST_GRAPH if is_graph(codes) else _FLATTEST_LISTS
    return min(max(power, flattest), _STEEPEST)


def _expected_seconds(codes: str, tried: _Built, times: float, images: int) -> float:
    """For so many ``times`` the images: each one is sought in the graph, or among the lists.

    The lists are learned from a sample that grows as their number does, by the root.
    """
    if is_graph(codes):
        return tried.training + tried.adding * times * math.log(images) / math.log(images / times)
    return tried.training * times + tried.adding * times * math.sqrt(times)
