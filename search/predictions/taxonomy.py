"""From probabilities of whole category paths to an answer as deep as they allow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from search.catalog.records import CATEGORY_SEPARATOR

Status = Literal["ok", "backed_off", "abstained"]

_SURE = 0.5
"""Below that something else is likelier: the level is not said."""


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """A category path and its probability, 0 to 1."""

    path: str
    p: float


@dataclass(frozen=True, slots=True)
class CategoryAnswer:
    """``levels`` lead from the root to the deepest that is surer than not, with falling ``p``.

    ``status`` is ``ok`` for a whole path, ``backed_off`` for a part of one, and ``abstained`` with
    no level at all.
    """

    levels: tuple[CategoryShare, ...]
    status: Status


ABSTAINED = CategoryAnswer((), "abstained")


@lru_cache(maxsize=10_000)
def ancestors(path: str) -> tuple[str, ...]:
    """``A > B > C`` → ``A``, ``A > B`` and ``A > B > C``."""
    parts = path.split(CATEGORY_SEPARATOR)
    return tuple(CATEGORY_SEPARATOR.join(parts[:depth]) for depth in range(1, len(parts) + 1))


def by_level(leaves: Mapping[str, float], temperatures: Sequence[float]) -> list[dict[str, float]]:
    """Probabilities of whole paths → those of the paths to each depth, from the roots.

    A path's is the sum of those below it. ``p ** (1 / temperature)`` of each level, shared out
    anew, makes them as sure as they are right (Guo et al., "On calibration of modern neural
    networks", 2017); levels without a temperature keep theirs.
    """
    levels: list[defaultdict[str, float]] = []
    for path, p in leaves.items():
        for depth, above in enumerate(ancestors(path)):
            if depth == len(levels):
                levels.append(defaultdict(float))
            levels[depth][above] += p
    return [
        _tempered(level, temperatures[depth] if depth < len(temperatures) else 1.0)
        for depth, level in enumerate(levels)
    ]


def descend(leaves: Mapping[str, float], temperatures: Sequence[float]) -> CategoryAnswer:
    """Go down from the likeliest root for as long as a level is surer than not."""
    found: list[CategoryShare] = []
    above = ""
    for level in by_level(leaves, temperatures):
        below = {path: p for path, p in level.items() if _is_below(path, above)}
        path = max(sorted(below), key=lambda one: below[one], default="")
        if not path or below[path] < _SURE:
            break
        highest = found[-1].p if found else 1.0
        found.append(CategoryShare(path, round(min(below[path], highest), 4)))
        above = path
    if not found:
        return ABSTAINED
    return CategoryAnswer(tuple(found), "ok" if above in leaves else "backed_off")


def _tempered(level: Mapping[str, float], temperature: float) -> dict[str, float]:
    powers = {path: p ** (1 / temperature) for path, p in level.items()}
    total = sum(powers.values()) or 1.0
    share = sum(level.values())  # what ends above this level keeps the rest
    return {path: share * one / total for path, one in powers.items()}


def _is_below(path: str, above: str) -> bool:
    return not above or path.startswith(above + CATEGORY_SEPARATOR)
