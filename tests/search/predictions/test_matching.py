"""How likely a result is the product: by score, by lead, by category, whatever else is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.predictions.evidence import NEIGHBOURS
from search.predictions.matching import FIRST, LATER, Matching, Nearest, sigmoid, signs
from tests.search.predictions.conftest import often

score = st.floats(-1, 1)
ranked = st.lists(score, min_size=1, max_size=30).map(lambda them: sorted(them, reverse=True))
positive = st.floats(0.01, 30)
anything = st.floats(-50, 50)


def the(scores: list[float]) -> Nearest:
    return Nearest([f"p{at}" for at in range(len(scores))], scores)


@st.composite
def matchings(draw: st.DrawFn) -> Matching:
    """With positive weights of score and margin."""
    first = (draw(anything), draw(positive), draw(positive))
    later = (draw(anything), draw(positive), draw(positive), draw(anything))
    none, same = sorted([draw(st.floats(0, 1)), draw(st.floats(0, 1))])
    return Matching(first, later, same, none, {"A": draw(anything)})


@often
@given(ranked, st.data())
def test_a_place_does_not_depend_on_how_many_products_are_known(
    scores: list[float], data: st.DataObject
) -> None:
    """A page or a filter shows other rows, of which any may be known or not."""
    at = data.draw(st.integers(0, len(scores) - 1))
    if len(scores) > NEIGHBOURS:
        known = data.draw(st.integers(NEIGHBOURS, len(scores)))
    else:
        known = len(scores)
    everything, cut = the(scores), the(scores[:known])
    assert cut.place(f"p{at}", scores[at]) == everything.place(f"p{at}", scores[at])


@often
@given(ranked)
def test_ranks_ascend_and_only_the_first_leads(scores: list[float]) -> None:
    places = [the(scores).place(f"p{at}", one) for at, one in enumerate(scores)]
    ranks = [rank for rank, _ in places]
    assert ranks == [min(at, NEIGHBOURS + 1) for at in range(1, len(scores) + 1)]
    if len(scores) > 1:
        assert places[0][1] == scores[0] - scores[1] >= 0
    for (_, margin), one in zip(places[1:], scores[1:], strict=True):
        assert margin == one - scores[0] <= 0


@often
@given(ranked, score)
def test_a_product_that_is_not_among_the_nearest_is_placed_by_its_score(
    scores: list[float], own: float
) -> None:
    rank, margin = the(scores).place("another", own)
    assert rank == min(1 + sum(one >= own for one in scores[:NEIGHBOURS]), NEIGHBOURS + 1)
    assert margin == own - scores[0]


def test_a_product_alone_leads_by_all_of_its_score() -> None:
    assert the([0.7]).place("p0", 0.7) == (1, 0.7)
    assert Nearest([], []).place("p0", 0.7) == (1, 0.7)


@often
@given(matchings(), st.integers(1, NEIGHBOURS + 1), score, score, st.floats(0, 1))
def test_a_higher_score_and_a_larger_margin_make_it_likelier(
    matching: Matching, rank: int, own: float, margin: float, more: float
) -> None:
    p = matching.p_same(rank, own, margin, "")
    assert 0 <= p <= 1
    assert matching.p_same(rank, own + more, margin, "") >= p
    assert matching.p_same(rank, own, margin + more, "") >= p


@often
@given(matchings(), st.integers(1, NEIGHBOURS + 1), score, score)
def test_a_category_shifts_its_own_results_alone(
    matching: Matching, rank: int, own: float, margin: float
) -> None:
    without = replace(matching, categories={}).p_same(rank, own, margin, "A")
    shifted = matching.p_same(rank, own, margin, "A")
    shift = matching.categories["A"]
    assert (shifted - without) * shift >= 0
    for other in ("B", ""):
        assert matching.p_same(rank, own, margin, other) == without


@often
@given(matchings(), st.floats(0, 1))
def test_a_match_is_called_by_the_thresholds(matching: Matching, p: float) -> None:
    called = matching.match(p)
    assert (called == "same") == (p >= matching.same)
    assert (called == "none") == (p < matching.none)


def test_the_nearest_has_weights_of_its_own() -> None:
    assert len(signs(1, 0.5, 0.1)) == FIRST
    assert [len(signs(rank, 0.5, -0.1)) for rank in (2, 11)] == [LATER, LATER]
    first = Matching((9.0, 0.0, 0.0), (-9.0, 0.0, 0.0, 0.0), 0.5, 0.1)
    assert first.p_same(1, 0.5, 0.1, "") > 0.99
    assert first.p_same(2, 0.5, -0.1, "") < 0.01


@pytest.mark.parametrize("logit", [-1e300, -1000, -500, -1, 0, 1, 700, 1e300])
def test_a_probability_of_any_logit(logit: float) -> None:
    assert 0 <= sigmoid(logit) <= 1
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1)
