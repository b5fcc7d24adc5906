"""Nobody vouches for a twin, and what the others say of an image adds up."""

import numpy as np

from indexer.doctoring.out_of_fold import FOLDS, out_of_fold, split_in_folds
from search.arrays import Floats, Ids, unit_rows


def clusters(classes: int, each: int, seed: int = 0, spread: float = 0.5) -> tuple[Floats, Ids]:
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(classes, 24)), each, axis=0)
    rows = centres + spread * random.normal(size=centres.shape)
    return unit_rows(np.asarray(rows, np.float32)), np.repeat(np.arange(classes), each)


def test_twins_of_a_label_are_in_one_fold() -> None:
    rows, labels = clusters(4, 30, spread=2.0)
    twins = np.concatenate([rows, rows + np.float32(1e-4)])
    both = np.concatenate([labels, labels])
    folds = split_in_folds(twins, both, np.arange(len(both)))
    assert np.array_equal(folds[: len(rows)], folds[len(rows) :])


def test_a_product_is_in_one_fold_whatever_its_pictures() -> None:
    rows, labels = clusters(3, 40)
    products = np.arange(len(labels)) // 4
    folds = split_in_folds(rows, labels, products)
    for product in np.unique(products):
        assert len(np.unique(folds[products == product])) == 1


def test_each_label_is_spread_over_the_folds() -> None:
    rows, labels = clusters(4, 50, spread=2.0)
    folds = split_in_folds(rows, labels, np.arange(len(labels)))
    for label in range(4):
        counts = np.bincount(folds[labels == label], minlength=FOLDS)
        assert counts.min() > 0


def test_probabilities_add_up_and_name_the_right_class() -> None:
    rows, labels = clusters(5, 30)
    found = out_of_fold(rows, labels, np.arange(len(labels)))
    assert np.allclose(found.probable.sum(axis=1), 1, atol=1e-5)
    assert (found.probable.argmax(axis=1) == labels).mean() > 0.95


def test_an_image_does_not_learn_its_own_label() -> None:
    rows, labels = clusters(4, 30)
    given = labels.copy()
    given[::10] = (given[::10] + 1) % 4
    found = out_of_fold(rows, given, np.arange(len(labels)))
    assert (found.probable.argmax(axis=1)[::10] == labels[::10]).all()


def test_what_is_like_no_class_has_a_low_cosine_to_the_nearest() -> None:
    rows, labels = clusters(4, 40)
    random = np.random.default_rng(1)
    rows[0] = unit_rows(np.asarray(random.normal(size=(1, 24)), np.float32))[0]
    found = out_of_fold(rows, labels, np.arange(len(labels)))
    assert found.nearest[0] < np.quantile(found.nearest, 0.05)
