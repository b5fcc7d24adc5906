"""Trying indexes on a sample, and what is to be expected of each on all of it."""

import math
from dataclasses import dataclass
from time import perf_counter
from typing import Self

import numpy as np

from indexer.indexing.candidates import is_graph, lists_for
from indexer.indexing.efforts import least_effort
from indexer.indexing.held_out import HeldOut
from indexer.indexing.records import Trial
from search.arrays import Floats
from search.vectors.faiss_building import ApproximateBuilder

TRIED_ON = 50_000
"""Vectors that an index is tried on at most."""

QUERIES = 500
"""Vectors that are held out and asked."""

_FLOAT16 = 2
_ID = 8


def try_index(codes: str, sample: Floats, images: int, target: float) -> Trial:
    """Build ``codes`` from (n, d) vectors at random, and tune it with some that are held out.

    ``images`` are in the catalog, ``target`` is the recall to reach, 0 to 1.
    """
    asked, gallery = sample[:QUERIES], sample[QUERIES : QUERIES + TRIED_ON]
    held = HeldOut(np.arange(len(asked)), asked)
    held.see(gallery)
    start = perf_counter()
    builder = ApproximateBuilder(_scaled(codes, len(gallery)), gallery)
    trained = perf_counter()
    builder.add(np.arange(len(gallery)), gallery)
    added = perf_counter()
    grown = _Growth.of(codes, len(gallery), images)
    best, tried = least_effort(builder, held, target)
    searched = builder.codes_bytes / len(gallery)
    return Trial(
        codes=codes,
        images=len(gallery),
        queries=len(asked),
        bytes_per_image=round(searched + _FLOAT16 * sample.shape[1] + _ID, 1),
        build_seconds=round(added - start, 2),
        efforts=tuple(tried),
        best=best,
        expected_ms=round(best.ms * grown.query, 4),
        expected_seconds=round(
            (trained - start) * grown.training + (added - trained) * grown.adding, 1
        ),
        expected_memory=round(searched * images),
    )


def _scaled(codes: str, images: int) -> str:
    """The same with as many lists as are right for so many images."""
    return codes if is_graph(codes) else f"IVF{lists_for(images)},{codes.split(',')[1]}"


@dataclass(frozen=True, slots=True)
class _Growth:
    """How many times as long a query, training and adding take with more images.

    A walk through a graph grows by the logarithm. Lists grow by the root, and so do their number
    and the sample that their centres are learned from.
    """

    query: float
    training: float
    adding: float

    @classmethod
    def of(cls, codes: str, tried: int, images: int) -> Self:
        times = images / tried
        if is_graph(codes):
            query = math.log(images) / math.log(tried)
            return cls(query, 1.0, times * query)
        return cls(math.sqrt(times), times, times * math.sqrt(times))
