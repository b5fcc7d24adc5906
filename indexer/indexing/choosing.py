"""Which of the indexes that were tried is built."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from math import inf
from statistics import median

from indexer.indexing.records import Limits, Trial

_AS_QUICK = 1.1
"""Of two whose times differ by less than this, the smaller one is taken."""

VERSIONS = 5
"""How many of the last versions tell how soon they follow each other."""

_BUILDING = 0.1
"""The share of the time between two versions that building an index may take."""


def patience(published: Sequence[datetime]) -> float:
    """Seconds that an index may take to build, by when versions were made, the newest first.

    A catalog that changes all the time is worth no graph that takes longer to build than it lives.
    """
    gaps = [(newer - older).total_seconds() for newer, older in pairwise(published)]
    return _BUILDING * median(gaps) if len(gaps) > 1 else inf


def choose(trials: Sequence[Trial], limits: Limits, patience: float) -> list[Trial]:
    """The trials, the one to build first, and each other one with a verdict.

    It is the quickest that fits into memory, finds enough and is built in ``patience`` seconds.
    When there is none, memory counts most, then what it finds, then how soon it is built.
    """
    verdicts = {one.codes: _verdict(one, limits, patience) for one in trials}
    good = [one for one in trials if not verdicts[one.codes]]
    best = _quickest(good) if good else min(trials, key=lambda one: _misses(one, limits))
    slower = f"{best.codes} is expected to answer sooner, or as soon from less memory"
    rest = [one for one in trials if one is not best]
    return [best, *(replace(one, verdict=verdicts[one.codes] or slower) for one in rest)]


def _quickest(trials: Sequence[Trial]) -> Trial:
    least = min(one.expected_ms for one in trials)
    as_quick = [one for one in trials if one.expected_ms <= _AS_QUICK * least]
    return min(as_quick, key=lambda one: one.bytes_per_image)


def _verdict(one: Trial, limits: Limits, patience: float) -> str:
    if one.expected_memory > limits.max_memory:
        return f"it needs {one.expected_memory / 1e9:.2f} GB of memory"
    if one.best.recall < limits.target_recall:
        return f"it finds {one.best.recall:.1%} at most"
    if one.expected_seconds > patience:
        return (
            f"it takes about {one.expected_seconds:.0f} s to build, too long where versions follow "
            "each other so soon"
        )
    return ""


def _misses(one: Trial, limits: Limits) -> tuple[int, float, float]:
    too_much = max(0, one.expected_memory - limits.max_memory)
    return too_much, max(0.0, limits.target_recall - one.best.recall), one.expected_seconds
