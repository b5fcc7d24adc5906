"""Trying indexes on a sample, and what is to be expected of each on all of it."""

import math
from time import perf_counter

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
    builder.add(np.arange(len(gallery)), gallery)
    took = perf_counter() - start
    best, tried = least_effort(builder, held, target)
    searched = builder.codes_bytes / len(gallery)
    return Trial(
        codes=codes,
        images=len(gallery),
        queries=len(asked),
        bytes_per_image=round(searched + _FLOAT16 * sample.shape[1] + _ID, 1),
        build_seconds=round(took, 2),
        efforts=tuple(tried),
        best=best,
        expected_ms=round(best.ms * _longer(codes, images / len(gallery), images), 4),
        expected_seconds=round(took * _work(codes, images / len(gallery), images), 1),
        expected_memory=round(searched * images),
    )


def _scaled(codes: str, images: int) -> str:
    """The same with as many lists as are right for so many images."""
    return codes if is_graph(codes) else f"IVF{lists_for(images)},{codes.split(',')[1]}"


def _longer(codes: str, times: float, images: int) -> float:
    """How much longer a query takes in ``times`` as many: graphs grow by the logarithm, lists by
    the root.
    """
    return 1 + math.log(times) / math.log(images / times) if is_graph(codes) else math.sqrt(times)


def _work(codes: str, times: float, images: int) -> float:
    """How much longer building takes: each vector is sought in the graph, or among the lists."""
    return times * _longer(codes, times, images)
