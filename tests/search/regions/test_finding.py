"""What stands out of a map lies inside of the picture, in order, and is the same again."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from search.arrays import Floats
from search.embedding.preprocessing import Fit, Preprocessing
from search.images import MIN_SIDE
from search.regions.finding import Mask, connected, stand_outs
from search.regions.placing import covered, placed

SIDES = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6))
MAPS = SIDES.flatmap(lambda shape: arrays(np.float32, shape, elements=st.floats(-2, 6, width=32)))
SIZES = st.tuples(st.integers(MIN_SIDE, 4000), st.integers(MIN_SIDE, 4000))
FITS: st.SearchStrategy[Fit] = st.sampled_from(["squash", "shortest", "longest"])


def prepared(fit: Fit) -> Preprocessing:
    return Preprocessing(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), fit)


def ground(*things: tuple[int, int, int, int, int]) -> Floats:
    """A faint 7 x 7 map with things at x1, y1, x2, y2, each in a channel of its own."""
    seen = np.full((7, 7, 8), 0.05, np.float32)
    for x1, y1, x2, y2, channel in things:
        seen[y1:y2, x1:x2, channel] = 5
    return seen


@given(MAPS, SIZES, FITS)
def test_boxes_lie_in_the_picture_the_strongest_first_and_are_found_again(
    seen: Floats, size: tuple[int, int], fit: Fit
) -> None:
    found = placed(stand_outs(seen), prepared(fit), size)
    assert found == placed(stand_outs(seen.copy()), prepared(fit), size)
    for one in found:
        x1, y1, x2, y2 = one.box
        assert 0 <= x1 < x2 <= size[0]
        assert 0 <= y1 < y2 <= size[1]
        assert min(x2 - x1, y2 - y1) >= MIN_SIDE
        assert 0 < one.weight <= 1
    weights = [one.weight for one in found]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) <= 1.001


def test_one_thing_is_one_box_around_it_with_a_margin() -> None:
    (found,) = stand_outs(ground((2, 3, 5, 5, 0)))
    thing, margin = np.array([2, 3, 5, 5]) / 7, np.array([-0.2, -0.2, 0.2, 0.2])
    np.testing.assert_allclose(found.extent, thing + margin, atol=0.03)
    assert found.weight > 0.6


def test_two_things_that_touch_are_two_boxes() -> None:
    left, right = sorted(stand_outs(ground((0, 1, 3, 6, 0), (3, 1, 7, 6, 1))))
    assert left.extent[2] <= right.extent[0] + 0.01
    np.testing.assert_allclose(left.extent[2], 3 / 7, atol=0.03)


def test_what_is_active_everywhere_does_not_stand_out() -> None:
    assert stand_outs(np.ones((7, 7, 4), np.float32)) == []


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_map_without_activation_shows_nothing(value: float) -> None:
    assert stand_outs(np.full((7, 7, 4), value, np.float32)) == []


def test_a_map_covers_what_the_preprocessing_takes_of_the_picture() -> None:
    region = (10, 20, 110, 70)
    assert covered(prepared("squash"), region) == region
    assert covered(prepared("shortest"), region) == (35, 20, 85, 70)
    assert covered(prepared("longest"), region) == (10, -5, 110, 95)


@given(arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14))))
def test_parts_are_those_that_opencv_finds(mask: Mask) -> None:
    count, theirs = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    ours = connected(mask)
    assert len(set(zip(ours.flat, theirs.flat, strict=True))) == count - mask.all()
    assert np.array_equal(ours > 0, mask)
