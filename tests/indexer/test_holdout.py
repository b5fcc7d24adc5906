"""Held-out images are whole series, so that no twin of theirs gives the answer away."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.holdout import Labels, hold_out
from search.arrays import Floats


def photos(series: int, each: int, labels: int, seed: int) -> tuple[Floats, Labels, Labels]:
    """``series`` × ``each`` photos of each label: features, labels, numbers of the series."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(labels * series, 32))
    rows = np.repeat(centres, each, axis=0) + 0.05 * random.normal(
        size=(labels * series * each, 32)
    )
    order = random.permutation(len(rows))
    numbers = np.repeat(np.arange(labels * series), each)
    return np.asarray(rows, np.float32)[order], (numbers // series)[order], numbers[order]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    series=st.integers(1, 8),
    each=st.integers(1, 6),
    labels=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_a_series_is_never_cut_and_a_label_never_held_out_whole(
    series: int, each: int, labels: int, seed: int
) -> None:
    rows, label, number = photos(series, each, labels, seed)
    held = hold_out(rows, label, seed=seed)
    for one in np.unique(label):
        assert not held[label == one].all()
    if labels >= 3 and series >= 5:  # with fewer, chance alone makes unlike series alike
        for one in np.unique(number):
            assert len(set(held[number == one].tolist())) == 1


def test_about_the_wanted_share_is_held_out() -> None:
    rows, label, _ = photos(20, 3, 4, 0)
    assert 0.15 <= hold_out(rows, label).mean() <= 0.3
    assert 0.4 <= hold_out(rows, label, share=0.5).mean() <= 0.65


def test_the_same_seed_holds_out_the_same_and_another_one_others() -> None:
    rows, label, _ = photos(20, 3, 4, 0)
    first, second, other = (hold_out(rows, label, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_very_different_labels_of_unlike_images_are_held_out_too() -> None:
    """Where every image is nearer to its own label than any other label's ever comes."""
    rows, label, _ = photos(20, 3, 2, 0)
    rows[:, 0] += 60 * label.astype(np.float32)
    held = hold_out(rows, label)
    assert held[label == 0].any()
    assert held[label == 1].any()


def test_images_without_a_label_and_single_images_stay() -> None:
    rows, label, _ = photos(20, 3, 4, 0)
    label = np.where(label == 2, -1, label)
    label[label == 3] = 3 + np.arange((label == 3).sum())
    held = hold_out(rows, label)
    assert not held[(label == -1) | (label >= 3)].any()
    assert held[label == 0].any()
