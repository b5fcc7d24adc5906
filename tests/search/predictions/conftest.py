"""Strategies: evidence, taxonomies and fitted models as a version may have them."""

from collections.abc import Sequence

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from search.arrays import Floats, unit_rows
from search.predictions.evidence import Evidence
from search.predictions.fusion import Fusion
from search.predictions.prototypes import Prototypes, Value

DIM = 6

often = settings(max_examples=60, deadline=None, derandomize=True)

values: st.SearchStrategy[Value] = st.sampled_from(
    ["A", "A > B", "C > D", "red", "True", True, False]
)

scores = st.floats(-1, 1, width=32)

voted: st.SearchStrategy[Value | None] = st.none() | st.just("") | values

neighbours = st.lists(st.tuples(voted, scores), max_size=12)

fusions = st.builds(
    Fusion, st.floats(0, 50), st.floats(0, 50), st.floats(0, 10), st.floats(-100, 100)
)


def unit_vectors(count: int, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed)
    return unit_rows(random.normal(size=(count, DIM)).astype(np.float32))


def prototypes_of(names: Sequence[Value], seed: int = 1) -> Prototypes:
    return Prototypes(tuple(names), unit_vectors(len(names), seed)) if names else Prototypes()


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Of any neighbours and any known means, down to none of either."""
    known = draw(st.lists(values, unique_by=repr, max_size=6))
    vectors = unit_vectors(draw(st.integers(1, 3)), draw(st.integers(0, 99)))
    return Evidence.of(vectors, draw(neighbours), prototypes_of(known))


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, float]:
    """Whole category paths of one to three levels with probabilities that add up to 1.

    As in a catalog, a path may lie below another.
    """
    path = st.lists(st.sampled_from("ABC"), min_size=1, max_size=3).map(" > ".join)
    paths = draw(st.lists(path, min_size=1, max_size=9, unique=True))
    weights = np.array([draw(st.floats(0, 1)) ** 4 + 1e-9 for _ in paths])
    return dict(zip(paths, (weights / weights.sum()).tolist(), strict=True))
