"""When a difference is called a shift."""

from collections import Counter

import numpy as np
import pytest

from api.watching.drift import CategoryDrift, ScoreDrift, compare_categories, compare_scores
from api.watching.reference import Reference
from api.watching.stability import SHIFTED, STABLE

EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def reference(categories: dict[str, float], queries: int = 1000) -> Reference:
    scores = {"edges": EDGES, "shares": [0.1] * 10}
    return Reference.model_validate(
        {"scores": scores, "categories": categories, "queries": queries}
    )


def leaning(more: int, before: ScoreDrift | None = None, queries: int = 1000) -> ScoreDrift:
    """1,000 recent queries, ``more`` of which went from each upper bin to its lower one."""
    recent = np.array([100 + more] * 5 + [100 - more] * 5, np.int64)
    return compare_scores(reference({}, queries), recent, before)


def test_what_has_shifted_stays_so_until_it_is_stable() -> None:
    much, between, little = leaning(60), leaning(40), leaning(10)
    assert STABLE < between.psi < SHIFTED < much.psi
    assert little.psi < STABLE
    assert (much.shifted, between.shifted) == (True, False)
    assert leaning(40, before=much).shifted
    assert not leaning(40, before=between).shifted
    assert not leaning(10, before=much).shifted


def test_what_chance_explains_is_no_shift() -> None:
    few = leaning(60, queries=20)
    assert SHIFTED < few.psi < few.chance
    assert not few.shifted


def test_a_score_at_an_edge_belongs_to_the_upper_bin() -> None:
    found = reference({})
    assert [found.score_bin(score) for score in (-1.0, 0.0999, 0.1, 0.5, 0.9, 1.0)] == [
        *(0, 0, 1, 5, 9, 9)
    ]


def compared(held_out: dict[str, float], **seen: int) -> CategoryDrift:
    found = compare_categories(reference(held_out), Counter(seen))
    assert found is not None
    return found


def test_a_category_that_was_never_held_out_counts() -> None:
    assert not compared({"Hats": 1.0}, Hats=500).shifted
    assert compared({"Hats": 1.0}, Hats=250, Shoes=250).shifted


def test_the_largest_categories_of_both_sides_are_shown() -> None:
    held_out = {f"old{number}": 0.05 for number in range(20)} | {"rare": 0.0}
    found = compared(held_out, new=300, old19=100, rare=1)
    assert found.recent["new"] == pytest.approx(300 / 401, abs=1e-4)
    assert found.expected["new"] == 0
    assert set(found.recent) == set(found.expected)
    assert 10 < len(found.recent) <= 20


def test_a_catalog_without_categories_is_compared_by_score_alone() -> None:
    assert compare_categories(reference({}), Counter({"": 500})) is None
    assert compare_categories(reference({}), Counter({"Hats": 500})) is None
    assert compare_categories(reference({"Hats": 1.0}), Counter({"Hats": 99, "": 500})) is None
