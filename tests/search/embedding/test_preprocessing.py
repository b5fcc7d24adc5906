"""A picture becomes the square of pixels that its model wants, the same way everywhere."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from search.arrays import Pixels
from search.embedding.preprocessing import Fit, Preprocessing
from search.images import load

Draw = Callable[..., Image.Image]
HALF = (0.5, 0.5, 0.5)


def prepared(fit: Fit, size: int = 64) -> Preprocessing:
    return Preprocessing(size, HALF, HALF, fit)


@pytest.mark.parametrize("fit", ["squash", "shortest", "longest"])
@pytest.mark.parametrize("sides", [(320, 240), (240, 320), (64, 64), (8, 500)])
def test_every_picture_becomes_a_square_of_bytes(
    draw: Draw, fit: Fit, sides: tuple[int, int]
) -> None:
    pixels = prepared(fit).apply(load(draw(1, *sides)))
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.uint8


def same(pixels: Pixels, expected: Image.Image) -> bool:
    """Whether they differ by rounding only."""
    differences = np.abs(pixels.astype(int) - np.asarray(expected))
    return bool(differences.max() <= 5 and differences.mean() < 0.3)


@pytest.mark.parametrize("sides", [(320, 160), (160, 321), (97, 64), (30, 20)])
def test_each_fit_gives_the_pixels_that_pillow_gives(draw: Draw, sides: tuple[int, int]) -> None:
    picture = draw(2, *sides)
    goal, method = (64, 64), Image.Resampling.BICUBIC
    padded = ImageOps.pad(picture, goal, method, color=(128, 128, 128))
    assert same(prepared("squash").apply(load(picture)), picture.resize(goal, method))
    assert same(prepared("shortest").apply(load(picture)), ImageOps.fit(picture, goal, method))
    assert same(prepared("longest").apply(load(picture)), padded)


def test_shortest_fills_the_square_with_the_middle() -> None:
    picture = Image.new("RGB", (300, 100), "white")
    picture.paste("red", (100, 0, 200, 100))
    pixels = prepared("shortest").apply(load(picture))
    assert (pixels[:, 4:-4] == (255, 0, 0)).all()


def test_longest_shows_everything_on_grey() -> None:
    pixels = prepared("longest").apply(load(Image.new("RGB", (300, 100), "red")))
    assert (pixels[:10] == 128).all()
    assert (pixels[-10:] == 128).all()
    assert (pixels[28:36] == (255, 0, 0)).all()


def test_a_picture_of_the_right_size_is_passed_on_unchanged(draw: Draw) -> None:
    picture = draw(3, 64, 64)
    for fit in ("squash", "shortest", "longest"):
        assert np.array_equal(prepared(fit).apply(load(picture)), np.asarray(picture))


def test_the_interpolation_is_the_one_asked_for(draw: Draw) -> None:
    picture = draw(4, 200, 200)
    bilinear = Preprocessing(64, HALF, HALF, interpolation="bilinear").apply(load(picture))
    expected = ImageOps.fit(picture, (64, 64), Image.Resampling.BILINEAR)
    assert same(bilinear, expected)
    assert not same(prepared("squash").apply(load(picture)), expected)


def test_a_reduced_decode_changes_hardly_a_pixel(draw: Draw) -> None:
    """Large photos are decoded at a lower scale; what the model sees must not depend on it."""
    picture = draw(5, 1600, 1200)
    preprocessing = prepared("squash", 224)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    full = preprocessing.apply(load(buffer.getvalue())).astype(int)
    reduced = load(buffer.getvalue(), at_least=preprocessing.decode_at_least)
    assert reduced.pixels.width < 1600
    assert np.abs(preprocessing.apply(reduced).astype(int) - full).mean() < 1.5
