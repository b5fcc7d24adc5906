"""What is likely of a row does not depend on the filter, the page or the grouping."""

from hypothesis import given, settings
from hypothesis import strategies as st

from search.answers import Result
from search.catalog.records import CatalogImage, Product
from search.predictions.matching import Matching
from search.querying.matches import results
from search.querying.ranking import Place

often = settings(max_examples=60, deadline=None, derandomize=True)
MATCHING = Matching((-5.0, 8.0, 6.0), (-7.0, 8.0, 6.0, -0.5), 0.6, 0.2, {"A": 2.0})
answers = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(
    lambda scores: [row(at, one) for at, one in enumerate(sorted(scores, reverse=True))]
)


def row(number: int, score: float) -> Place:
    return Place(f"p{number}", score, number)


def image(row: Place) -> CatalogImage:
    category = "A" if row.image_id % 2 else "B"
    product = Product(row.product_id, "", "", category, "", None, "", None, "", {})
    return CatalogImage(row.image_id, f"{row.image_id}.png", None, (8, 8), product)


def matched(
    rows: list[Place], nearest: list[Place], matching: Matching | None = MATCHING
) -> list[Result]:
    return results(rows, {one.image_id: image(one) for one in rows}, nearest, matching)


@often
@given(answers)
def test_every_row_is_called_by_its_probability(rows: list[Place]) -> None:
    for before, after in zip(rows, matched(rows, rows), strict=True):
        assert after.p_same is not None
        assert 0 <= after.p_same <= 1
        assert after.match == MATCHING.match(after.p_same)
        assert (after.product_id, after.score) == (before.product_id, before.score)


@often
@given(answers, st.data())
def test_a_page_or_a_filter_changes_nothing(rows: list[Place], data: st.DataObject) -> None:
    """With them the ten nearest products are known, without them all that were looked at."""
    every = matched(rows, rows)
    some = sorted(data.draw(st.sets(st.integers(0, len(rows) - 1))))
    for nearest in (rows[:10], rows):
        assert matched([rows[at] for at in some], nearest) == [every[at] for at in some]


def test_without_a_model_nothing_is_said() -> None:
    rows = [row(0, 0.9), row(1, 0.8)]
    shown = matched(rows, rows, None)
    assert [(one.product_id, one.score, one.image_id) for one in shown] == rows
    assert [(one.p_same, one.match) for one in shown] == [(None, None)] * 2


def test_another_image_of_the_nearest_product_is_of_the_first_rank_too() -> None:
    first, other = matched([row(0, 0.9), row(0, 0.7)], [row(0, 0.9), row(1, 0.8)])
    assert first.p_same == round(MATCHING.p_same(1, 0.9, 0.9 - 0.8, "B"), 4)
    assert other.p_same == round(MATCHING.p_same(1, 0.7, 0.7 - 0.8, "B"), 4)
