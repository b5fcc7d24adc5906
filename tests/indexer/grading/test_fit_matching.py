"""``p_same`` is fitted where enough was asked, holds on what it never saw, and says why not."""

from collections.abc import Sequence

import numpy as np
import pytest

from indexer.evaluating.metrics import Values
from indexer.grading.asking import Asked, Found
from indexer.grading.matching import FEWEST, Matched, fit_matching
from indexer.grading.probes import Kind
from indexer.tuning.labels import Row
from search.catalog.records import Product
from search.predictions.matching import Nearest

NONE = np.empty((1, 0), np.float32)


def product(name: str, category: str = "") -> Product:
    return Product(name, "", "", category, "", None, "", None, "", {})


def asked(
    number: int, scores: Sequence[float], own: int | None, kind: Kind, category: str = ""
) -> Asked:
    """A picture that found products with these scores; at ``own`` is the right one."""
    found = [
        Found(product("own" if at == own else f"p{at}", category), score)
        for at, score in enumerate(scores)
    ]
    row = Row(number, 0, "own", f"{number:064d}", category, "", {})
    return Asked(row, kind, NONE, found, number % 2)


def drawn(count: int, seed: int = 0, absent: float = 0.3) -> list[Asked]:
    """The best score says what is right: an own product lies in front by about 0.3."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        others = np.sort(random.normal(0.4, 0.1, 12))[::-1]
        if random.random() < absent:
            made.append(asked(number, others.tolist(), None, "absent"))
        else:
            own = random.normal(0.7, 0.15)
            scores = np.sort(np.append(others, own))[::-1]
            place = int(np.flatnonzero(scores == own)[0])
            made.append(asked(number, scores.tolist(), place, "product"))
    return made


def fitted(them: Sequence[Asked]) -> Matched:
    found = fit_matching(them)
    assert isinstance(found, Matched)
    return found


def first_p(matched: Matched, them: Sequence[Asked]) -> Values:
    found = []
    for one in them:
        scores = [it.score for it in one.found]
        nearest = Nearest([it.product.product_id for it in one.found], scores)
        rank, margin = nearest.place(one.found[0].product.product_id, scores[0])
        category = one.found[0].product.category
        found.append(matched.model.p_same(rank, scores[0], margin, category))
    return np.array(found)


@pytest.mark.parametrize(
    ("there", "absent"), [(0, 0), (FEWEST - 1, 200), (200, FEWEST - 1), (200, 0)]
)
def test_with_too_few_pictures_it_says_why(there: int, absent: int) -> None:
    them = [asked(at, [0.9, 0.1], 0, "product") for at in range(there)]
    them += [asked(at, [0.5, 0.4], None, "absent") for at in range(absent)]
    reason = fit_matching(them)
    assert isinstance(reason, str)
    assert reason.startswith(f"only {there} held-out pictures had their product")
    assert f"{absent} had not" in reason
    assert f"{FEWEST} of each are needed" in reason


def test_views_count_as_pictures_whose_product_is_there() -> None:
    them = [asked(at, [0.9, 0.1], 0, "view") for at in range(FEWEST)]
    them += [asked(at, [0.5, 0.4], None, "absent") for at in range(FEWEST)]
    assert isinstance(fit_matching(them), Matched)


def test_what_it_says_of_pictures_that_it_never_saw_holds() -> None:
    matched, others = fitted(drawn(900)), drawn(2000, seed=1)
    p = first_p(matched, others)
    right = np.array([one.rank == 1 for one in others])
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        them = (p >= low) & (p <= high)
        assert right[them].mean() == pytest.approx(p[them].mean(), abs=0.08)
    assert p[right].mean() > 0.8
    assert p[~right].mean() < 0.3
    assert matched.grade.reliability.error < matched.grade.reliability.by_chance + 0.03


def test_a_tenth_of_the_right_first_results_may_be_called_none() -> None:
    grade = fitted(drawn(900)).grade
    assert grade.kept is not None
    assert grade.kept.value == pytest.approx(0.9, abs=0.02)
    assert grade.refused is not None
    assert grade.refused.value > 0.5  # by chance 0.1
    assert grade.refused.low < grade.refused.value < grade.refused.high
    assert 0 <= grade.none <= grade.same <= 1
    assert grade.same >= 0.5


def test_the_model_has_the_thresholds_of_its_grade() -> None:
    matched = fitted(drawn(400))
    assert (matched.model.same, matched.model.none) == (matched.grade.same, matched.grade.none)


def test_scores_that_say_nothing_give_the_share_that_is_right() -> None:
    random = np.random.default_rng(0)
    them = []
    for number in range(1200):
        is_there = bool(random.random() < 0.5)
        scores = np.sort(random.random(12))[::-1].tolist()
        kind: Kind = "product" if is_there else "absent"
        them.append(asked(number, scores, 0 if is_there else None, kind))
    matched = fitted(them)
    share = np.mean([one.rank == 1 for one in them])
    p = first_p(matched, them)
    assert p.mean() == pytest.approx(share, abs=0.03)
    assert p.std() < 0.08


def test_a_category_that_is_more_often_wrong_has_less() -> None:
    them = []
    for at in range(400):
        category = "hard" if at < 200 else "easy"
        is_there = (at % 10 == 0) == (category == "hard")
        kind: Kind = "product" if is_there else "absent"
        them.append(asked(at, [0.6, 0.5], 0 if is_there else None, kind, category))
    model = fitted(them).model
    assert set(model.categories) == {"hard", "easy"}
    assert model.p_same(1, 0.6, 0.1, "hard") < 0.2
    assert model.p_same(1, 0.6, 0.1, "easy") > 0.8


def test_a_picture_that_finds_nothing_is_no_trouble() -> None:
    them = [*drawn(200), asked(0, [], None, "absent"), asked(1, [], None, "product")]
    matched = fitted(them)
    assert matched.grade.reliability.queries == len(them)
