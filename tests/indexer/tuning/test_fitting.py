"""Fitting alone: what a discriminant and gradient descent make of features."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from indexer.tuning.discriminant import Discriminant
from indexer.tuning.fitting import fit
from indexer.tuning.labels import Labelled
from indexer.tuning.settings import Settings
from indexer.tuning.splitting import Split, split
from search.arrays import Floats
from search.embedding.head import Head
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Read = Callable[[Sequence[Photo]], Labelled]


@pytest.fixture
def halves(labelled_of: Read) -> Split:
    found = split(labelled_of(photos_of(12, 20)))
    assert found is not None
    return found


def within(head: Head, labelled: Labelled) -> Floats:
    """How the projected images of a class vary about their mean."""
    assert head.projection is not None
    unit = labelled.features / np.linalg.norm(labelled.features, axis=1, keepdims=True)
    rows = unit @ head.projection
    own = labelled.products
    means = np.array([rows[own == one].mean(axis=0) for one in range(own.max() + 1)])
    return np.asarray(np.cov((rows - means[own]).T), np.float32)


def test_nothing_that_varies_within_a_class_outweighs_the_rest(halves: Split) -> None:
    spread = np.diag(within(Discriminant.of(halves.learn).head(0.0), halves.learn))
    assert spread.max() < 3 * spread.min()


def test_emphasis_makes_strong_directions_longer(halves: Split) -> None:
    basis = Discriminant.of(halves.learn)
    flat, steep = (
        np.linalg.norm(np.asarray(basis.head(one).projection), axis=0) for one in (0.0, 0.25)
    )
    assert np.all(np.diff(steep / flat) <= 1e-6)


def test_there_are_fewer_directions_than_images(labelled_of: Read) -> None:
    assert Discriminant.of(labelled_of(photos_of(3, 3))).head(0.0).dim(DIM) == 8


def test_gradient_descent_learns_from_a_bad_start(halves: Split) -> None:
    start = Head("x", np.zeros(DIM, np.float32), np.eye(DIM, dtype=np.float32))
    settings = Settings(epochs=40, patience=40, rate=0.03)
    fitted = fit(halves.learn.features, halves.learn.kinds, start, settings, halves.recall)
    assert fitted is not None
    assert fitted.epochs > 0
    assert fitted.score == halves.recall(fitted.head) > halves.recall(start)


def test_fitting_stops_when_it_brings_no_gain(halves: Split) -> None:
    asked: list[Head] = []
    start = Discriminant.of(halves.learn).head(0.0)
    settings = Settings(epochs=50, patience=2)

    def judge(head: Head) -> float:
        asked.append(head)
        return 0.5

    fitted = fit(halves.learn.features, halves.learn.kinds, start, settings, judge)
    assert fitted is not None
    assert (fitted.head, fitted.epochs, len(asked)) == (start, 0, 3)


def test_a_first_image_is_never_held_out_and_few_are(halves: Split) -> None:
    assert not halves.held.faces.any()
    total = len(halves.held.products) + len(halves.learn.products)
    assert len(halves.held.products) <= 0.25 * total
