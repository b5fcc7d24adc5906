"""The least effort with which an index finds what it must."""

from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from time import thread_time

from indexer.indexing.held_out import NEAREST, HeldOut
from indexer.indexing.records import Effort
from search.arrays import Floats
from search.vectors.faiss_building import ApproximateBuilder
from search.vectors.faiss_index import FaissIndex

_DEPTHS = (2, 4, 8, 16)
"""How many times as many as are wanted are compared at full length."""

_FIRST = 4
"""The effort that is tried first."""

_TIMED = 100
"""Queries that are asked one by one for the time of one."""

_ROUNDS = 3
"""How often they are timed: the quickest time is the least disturbed one."""

_NEAR = 1.1
"""An effort so little larger than one that is not enough is small enough."""


def least_effort(
    builder: ApproximateBuilder, held: HeldOut, target: float
) -> tuple[Effort, list[Effort]]:
    """Tune the index to the quickest setting that reaches ``target``, and every one tried.

    When none is enough, the setting with the highest recall is taken.
    """
    index = builder.index()  # once: tuning changes what it reads, not what it holds
    tried: list[Effort] = []
    for depth in _DEPTHS:
        before = _least(tried, target)
        measure = partial(_measured, builder, index, held, depth)
        least, most = builder.least_effort(NEAREST * depth), builder.most_effort
        tried += efforts(measure, target, least, most, _quickest(tried, target))
        if before is not None and _least(tried, target) == before:
            break  # comparing more at full length does not make up for less effort
    enough = [one for one in tried if one.recall >= target]
    best = min(enough, key=lambda one: one.ms) if enough else max(tried, key=lambda one: one.recall)
    builder.tune(best.effort, best.depth)
    return best, tried


def efforts(
    measure: Callable[[int], Effort], target: float, least: int, most: int, ms: float = inf
) -> Iterator[Effort]:
    """Twice as much until it is enough or takes longer than ``ms``, then halfway back and forth."""
    low, high, effort = least - 1, 0, max(least, min(_FIRST, most))
    while not high:
        found = measure(effort)
        yield found
        if found.recall >= target:
            high = effort
        elif found.ms > ms or effort >= most:
            return
        else:
            low, effort = effort, min(2 * effort, most)
    while high > max(low + 1, _NEAR * low):
        middle = (low + high) // 2
        found = measure(middle)
        yield found
        low, high = (low, middle) if found.recall >= target else (middle, high)


def _least(tried: list[Effort], target: float) -> int | None:
    return min((one.effort for one in tried if one.recall >= target), default=None)


def _quickest(tried: list[Effort], target: float) -> float:
    return min((one.ms for one in tried if one.recall >= target), default=inf)


def _measured(
    builder: ApproximateBuilder, index: FaissIndex, held: HeldOut, depth: int, effort: int
) -> Effort:
    """Its time is of the processor, so that what else the machine does counts for little."""
    builder.tune(effort, depth)
    recall = held.recall(index.search(held.queries, NEAREST).scores)
    took = min(_seconds(index, held.queries[:_TIMED]) for _ in range(_ROUNDS))
    return Effort(effort, depth, round(recall, 4), round(1000 * took, 4))


def _seconds(index: FaissIndex, queries: Floats) -> float:
    """For one of (n, d) queries, asked one by one."""
    start = thread_time()
    for query in queries:
        index.search(query[None], NEAREST)
    return (thread_time() - start) / len(queries)
