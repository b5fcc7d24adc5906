"""What is held out cannot be answered by itself, and no picture is asked twice."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from indexer.grading.figures import findable
from indexer.grading.probes import FOLDS, Fold, draw_folds
from indexer.tuning.labels import Labelled
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.embedding.head import Head
from tests.indexer.grading.conftest import UNTUNED, copied, sample_of
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Made = Callable[..., Workbench]


def every_kind_of_photo() -> list[Photo]:
    """Products of several images, some of them twice, and of one, with and without a category."""
    several = photos_of(
        30, 6, 1.0, product=lambda one, _: f"p{one}", category=lambda one, _: f"C > {one % 4}"
    )
    alone = photos_of(
        4, 10, 1.0, 1, product=lambda one, at: f"s{one}-{at}", category=lambda one, _: f"D > {one}"
    )
    unknown = photos_of(10, 1, 1.0, 2, product=lambda one, _: f"u{one}")
    copies = range(0, len(several), 5)
    return copied([*several, *alone, *unknown], *copies)


@pytest.fixture
def sample(bench_of: Made) -> Sample:
    return sample_of(bench_of(every_kind_of_photo()))


@pytest.fixture
def folds(sample: Sample) -> list[Fold]:
    return draw_folds(sample, UNTUNED)


def asked_rows(sample: Sample, fold: Fold) -> list[tuple[str, str, str]]:
    rows = [sample.rows[at] for at in fold.asked]
    return [(row.product_id, row.sha256, kind) for row, kind in zip(rows, fold.kinds, strict=True)]


def there(sample: Sample, fold: Fold) -> set[tuple[str, str]]:
    return {
        (row.product_id, row.sha256)
        for row, is_hidden in zip(sample.rows, fold.hidden, strict=True)
        if not is_hidden
    }


def test_enough_of_every_kind_are_asked(sample: Sample, folds: Sequence[Fold]) -> None:
    assert len(folds) == FOLDS
    for fold in folds:
        assert fold.kinds.count("product") > 15
        assert fold.kinds.count("absent") > 8
        ids = [row.image_id for row, hides in zip(sample.rows, fold.hidden, strict=True) if hides]
        assert fold.ids.tolist() == ids
        assert fold.hidden[fold.asked].all()


def test_no_picture_is_answered_by_its_own_bytes(sample: Sample, folds: Sequence[Fold]) -> None:
    for fold in folds:
        searched = there(sample, fold)
        assert all((own, content) not in searched for own, content, _ in asked_rows(sample, fold))


def test_a_kind_says_whether_the_product_is_there(sample: Sample, folds: Sequence[Fold]) -> None:
    for fold in folds:
        products = {own for own, _ in there(sample, fold)}
        for own, _, kind in asked_rows(sample, fold):
            assert (kind == "product") == (own in products)


def test_what_the_shop_shows_is_asked_of_absent_products_alone(
    sample: Sample, folds: Sequence[Fold]
) -> None:
    faces = sample.labelled.faces
    asked = [
        (kind, bool(faces[at]))
        for fold in folds
        for at, kind in zip(fold.asked, fold.kinds, strict=True)
    ]
    assert ("product", True) not in asked
    assert ("absent", True) in asked
    for fold in folds:
        assert not faces[fold.asked[fold.twins]].any()


def test_an_absent_product_is_taken_out_whole(sample: Sample, folds: Sequence[Fold]) -> None:
    for fold in folds:
        for own, _, kind in asked_rows(sample, fold):
            if kind == "absent":
                theirs = [at for at, row in enumerate(sample.rows) if row.product_id == own]
                assert fold.hidden[theirs].all()


def test_no_picture_is_asked_in_two_folds(folds: Sequence[Fold]) -> None:
    asked = np.concatenate([fold.asked for fold in folds])
    assert len(np.unique(asked)) == len(asked)


def test_the_same_catalog_is_asked_the_same(sample: Sample, folds: Sequence[Fold]) -> None:
    for fold, again in zip(folds, draw_folds(sample, UNTUNED), strict=True):
        assert fold.asked.tolist() == again.asked.tolist()
        assert fold.kinds == again.kinds


def test_a_head_that_learned_labels_is_fitted_again_without_what_is_hidden(sample: Sample) -> None:
    learned: list[Labelled] = []

    def refit(labelled: Labelled) -> Head:
        learned.append(labelled)
        return Head("tuned", np.zeros(DIM, np.float32), np.eye(DIM, 3 + len(learned), dtype="f4"))

    tuning = replace(UNTUNED, refit=refit)
    folds = draw_folds(sample, tuning)
    assert len(learned) == len(folds)
    for number, (fold, labelled) in enumerate(zip(folds, learned, strict=True), start=1):
        assert fold.head.dim(DIM) == 3 + number
        features = sample.labelled.features[~fold.hidden]
        np.testing.assert_array_equal(labelled.features, features)


def test_a_head_that_cannot_be_fitted_again_is_asked_itself(sample: Sample) -> None:
    for fold in draw_folds(sample, replace(UNTUNED, refit=lambda _: None)):
        assert fold.head is UNTUNED.head


@pytest.mark.parametrize(
    "photos",
    [photos_of(1, 1), photos_of(1, 9), photos_of(9, 1), photos_of(3, 2)],
    ids=["one image", "one product", "one image each", "hardly any"],
)
def test_a_catalog_may_be_small(bench_of: Made, photos: list[Photo]) -> None:
    sample = sample_of(bench_of(photos))
    for fold in draw_folds(sample, UNTUNED):
        assert len(fold.asked) == len(fold.kinds) <= len(photos)


def test_what_can_be_found_in_a_category_is_what_the_fold_holds(
    sample: Sample, folds: Sequence[Fold]
) -> None:
    own = {row.product_id: row.category for row in sample.rows}
    categories = Counter(category for category in own.values() if category)
    for fold, below in zip(folds, findable(categories, folds), strict=True):
        held = Counter(own[product] for product in {name for name, _ in there(sample, fold)})
        for path in categories:
            assert below[path] == held[path]
