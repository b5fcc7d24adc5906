"""Categories of held-out pictures: fitted on one half, judged on the other, as sure as right."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from indexer.grading.asking import Asked, ask, question
from indexer.grading.halves import halves
from indexer.grading.means import Gallery
from indexer.grading.predicting import Predicted, predict_categories, tell
from indexer.grading.probes import draw_folds
from indexer.workbench import Workbench
from search.predictions.fusion import Fusion
from search.predictions.prototypes import CATEGORY
from search.predictions.taxonomy import descend
from tests.indexer.grading.conftest import UNTUNED, sample_of
from tests.indexer.tuning.conftest import Photo, photos_of

Made = Callable[..., Workbench]
CATEGORIES = 8


def groceries(signal: float = 2.0) -> list[Photo]:
    """Categories that pictures tell, each with three products that they do not."""
    return photos_of(
        CATEGORIES,
        24,
        signal,
        product=lambda one, at: f"p{one}-{at % 3}",
        category=lambda one, _: f"Root {one % 2} > Leaf {one}",
    )


def asked_of(bench: Workbench) -> tuple[list[Asked], list[Gallery]]:
    sample = sample_of(bench)
    folds = draw_folds(sample, UNTUNED)
    found = ask(bench.catalog, bench.store, [question(sample, one) for one in folds])
    return found, [Gallery.of(sample, fold, []) for fold in folds]


def predicted(bench: Workbench) -> tuple[list[Asked], Predicted]:
    asked, galleries = asked_of(bench)
    return asked, predict_categories(asked, galleries)


def test_readable_categories_are_told_and_chance_is_not_beaten_by_noise(bench_of: Made) -> None:
    for signal, low, high in ((2.0, 0.8, 1.0), (0.0, 0.0, 0.3)):
        asked, found = predicted(bench_of(groceries(signal)))
        assert found.grade is not None
        right = np.mean([p == one.row.category for p, one in zip(found.paths, asked, strict=True)])
        assert found.grade.fused.value == pytest.approx(right)
        assert low <= right <= high
        assert found.grade.reliability.queries == len(asked)
        # One of 24 photos counts 4 %.
        assert found.grade.reliability.error < found.grade.reliability.by_chance + 0.1


def test_the_surest_are_right_more_often_and_both_kinds_of_evidence_help(bench_of: Made) -> None:
    _, found = predicted(bench_of(groceries(0.7)))
    grade = found.grade
    assert grade is not None
    assert grade.confident.value >= grade.fused.value
    assert grade.confident.photos == round(0.8 * grade.fused.photos)
    assert grade.fused.value >= max(grade.votes.value, grade.means.value) - 0.05


def test_a_half_is_judged_by_what_the_other_half_taught(
    bench_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that learn nothing but the half's own answers change the other half's alone."""
    asked, galleries = asked_of(bench_of(groceries()))
    fits: list[int] = []

    def fit(told: list[object]) -> Fusion:
        fits.append(len(told))
        return Fusion()

    for room in ("fusing", "predicting"):  # the halves are fitted there, and all together here
        monkeypatch.setattr(f"indexer.grading.{room}.fit_fusion", fit)
    predict_categories(asked, galleries)
    first = int(halves(asked).sum())
    assert 0 < first < len(asked)
    assert fits == [len(asked) - first, first, len(asked)]


def test_pictures_of_noise_are_not_sorted_in(bench_of: Made) -> None:
    """Fitted on categories that nothing tells, hardly any answer is surer than not."""
    asked, galleries = asked_of(bench_of(groceries(0.0)))
    found = predict_categories(asked, galleries)
    said = []
    for one in asked:
        evidence = tell(one, CATEGORY, galleries[one.fold].columns[CATEGORY].prototypes).evidence
        shares = {str(name): p for name, p in found.fusion.shares(evidence).items()}
        said.append(descend(shares, found.temperatures))
    whole = [one for one in said if one.status == "ok"]
    assert len(whole) < 0.1 * len(said)


def test_with_too_few_pictures_the_default_weights_answer_and_nothing_is_graded(
    bench_of: Made,
) -> None:
    asked, galleries = asked_of(bench_of(groceries()))
    found = predict_categories(asked[:10], galleries)
    assert (found.fusion, found.temperatures, found.grade) == (Fusion(), (), None)
    assert len(found.paths) == 10
    assert predict_categories([], galleries).paths == []


def test_levels_have_temperatures_of_their_own(bench_of: Made) -> None:
    _, found = predicted(bench_of(groceries()))
    assert len(found.temperatures) == 2
    assert all(0.4 <= one <= 3.0 for one in found.temperatures)


def test_what_is_told_of_a_picture_comes_from_its_ten_nearest(bench_of: Made) -> None:
    asked, galleries = asked_of(bench_of(groceries()))
    one = asked[0]
    prototypes = galleries[0].columns[CATEGORY].prototypes
    told = tell(one, CATEGORY, prototypes)
    cut = tell(replace(one, found=one.found[:10]), CATEGORY, prototypes)
    assert told.true == one.row.category
    np.testing.assert_array_equal(told.evidence.table, cut.evidence.table)
