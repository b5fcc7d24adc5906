"""The figures of a grade, worked out by hand."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evaluating.judging import with_ancestors
from indexer.grading.asking import Asked, Found
from indexer.grading.figures import by_category, levels, rated, reference, retrieval, score_counts
from indexer.grading.probes import Kind
from indexer.tuning.labels import Row
from search.catalog.records import Product

often = settings(max_examples=40, deadline=None, derandomize=True)
VECTOR = np.empty((1, 0), np.float32)


def asked(
    found: Sequence[tuple[str, str, float]],
    own: str = "own",
    category: str = "",
    kind: Kind = "product",
) -> Asked:
    """A picture of a product that found (product, category, score)."""
    row = Row(1, 0, own, "0" * 64, category, "", {})
    them = [
        Found(Product(name, "", "", path, "", None, "", None, "", {}), score)
        for name, path, score in found
    ]
    return Asked(row, kind, VECTOR, them, 0)


def values(metrics: dict[str, object]) -> dict[str, float | None]:
    return {
        name: None if one is None else float(getattr(one, "value"))  # noqa: B009
        for name, one in metrics.items()
    }


def test_recall_and_map_of_products() -> None:
    first = asked([("own", "", 0.9), ("a", "", 0.8)])
    third = asked([("a", "", 0.9), ("b", "", 0.8), ("own", "", 0.7)])
    never = asked([("a", "", 0.9)])
    nothing = asked([])
    found = values(dict(retrieval([first, third, never, nothing], [Counter()])))
    assert found == pytest.approx(
        {"recall@1": 1 / 4, "recall@5": 2 / 4, "recall@10": 2 / 4, "map": (1 + 1 / 3) / 4}
    )


def test_a_result_of_the_category_or_below_is_right_for_an_absent_product() -> None:
    one = asked(
        [("a", "B", 0.9), ("b", "A > C", 0.8), ("c", "A", 0.7)], category="A", kind="absent"
    )
    found = values(dict(retrieval([one], [with_ancestors({"A": 1, "A > C": 1, "B": 1, "AB": 5})])))
    assert found["recall@1"] == 0
    assert found["recall@5"] == 1
    assert found["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_of_nothing_there_are_no_figures() -> None:
    assert values(dict(retrieval([], []))) == dict.fromkeys(
        ("recall@1", "recall@5", "recall@10", "map")
    )
    assert levels([], {}) == {"category": None}


def test_levels_count_from_the_roots_down() -> None:
    pictures = [asked([], category=one) for one in ("A > B", "A > B", "A", "C", "C")]
    paths = ["A > B", "A > X", "A > B", ""]
    by_id = {id(one): path for one, path in zip(pictures, paths, strict=False)}
    found = values(dict(levels(pictures, by_id)))
    assert found == pytest.approx({"category": 2 / 4, "category@1": 3 / 4, "category@2": 1 / 2})


def test_recall_is_of_the_best_kind_of_which_enough_were_asked() -> None:
    product = asked([("own", "", 1.0)])
    absent = asked([("a", "A", 1.0)], category="A", kind="absent")
    unknown = asked([("a", "", 1.0)], kind="absent")
    view = asked([("own", "", 1.0)], kind="view")
    assert rated([product] * 3 + [absent, view], 3) == ("product", [product] * 3)
    assert rated([product] * 2 + [absent, unknown, view], 3) == ("category", [absent])
    assert rated([product] * 2 + [unknown, view], 3) == ("view", [view])
    assert rated([], 3) == ("view", [])


def test_each_category_has_its_own_figures() -> None:
    one = asked([("own", "A", 0.9)], category="A")
    two = asked([("a", "B", 0.9)], category="B")
    none = asked([("own", "", 0.9)])
    found = by_category([two, one, none], {id(one): "A", id(two): "A"}, [Counter({"A": 1, "B": 1})])
    assert [each.category for each in found] == ["A", "B"]
    assert values(dict(found[0].metrics))["recall@1"] == 1
    assert values(dict(found[1].metrics))["category"] == 0
    (unseen,) = by_category([one], {}, [Counter({"A": 1})])
    assert unseen.metrics["category"] is None


@often
@given(
    st.lists(
        st.tuples(st.floats(-1, 1, width=32), st.sampled_from(["own", "a"]), st.booleans()),
        max_size=60,
    )
)
def test_every_first_result_is_counted_once(them: list[tuple[float, str, bool]]) -> None:
    made = [
        asked([(name, "", score)], kind="absent" if is_absent else "product")
        for score, name, is_absent in them
    ]
    found = score_counts([*made, asked([])])
    counts = np.array([found.right, found.wrong, found.absent])
    assert counts.sum() == len(them)
    assert len(found.edges) == counts.shape[1] + 1
    assert found.edges == sorted(found.edges)
    assert sum(found.absent) == sum(is_absent for *_, is_absent in them)
    assert sum(found.right) == sum(name == "own" and not absent for _, name, absent in them)


@often
@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=90))
def test_tenths_of_the_scores_are_what_queries_are_watched_by(scores: list[float]) -> None:
    found = reference([asked([("a", "", one)]) for one in scores], ["A", "", "A > B", "A"])
    assert found is not None
    assert found["queries"] == len(scores)
    assert found["categories"] == pytest.approx({"A": 2 / 3, "A > B": 1 / 3}, abs=1e-5)
    parts = found["scores"]
    assert isinstance(parts, dict)
    assert parts["edges"] == sorted(parts["edges"])
    assert (len(parts["edges"]), len(parts["shares"])) == (9, 10)
    assert sum(parts["shares"]) == pytest.approx(1, abs=1e-5)


def test_without_answers_there_is_nothing_to_watch_by() -> None:
    assert reference([], []) is None
    assert reference([asked([])], [""]) is None
