"""One look tells what is blank, blurred, mostly text, or of several things."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from indexer.doctoring.look import THUMBNAIL, look_at

Draw = Callable[..., Image.Image]


def page(words: str, size: int = 20) -> Image.Image:
    picture = Image.new("RGB", (300, 300), "white")
    pen = ImageDraw.Draw(picture)
    for top in range(10, 280, 2 * size):
        pen.text((10, top), words, fill="black", font=ImageFont.load_default(size))
    return picture


def things(*colours: str, side: int = 70) -> Image.Image:
    picture = Image.new("RGB", (320, 240), "white")
    pen = ImageDraw.Draw(picture)
    for number, colour in enumerate(colours):
        left = 15 + number * (side + 30)
        pen.rectangle((left, 60, left + side, 60 + side + 20 * number), fill=colour)
    return picture


@pytest.mark.parametrize("colour", ["white", "black", (200, 30, 90)])
def test_one_colour_is_blank_with_grain_too(colour: object) -> None:
    random = np.random.default_rng(0)
    plain = np.asarray(Image.new("RGB", (200, 150), colour))  # type: ignore[arg-type]
    grain = np.clip(plain + random.normal(0, 3, (150, 200, 1)), 0, 255).astype(np.uint8)
    assert look_at(Image.fromarray(plain)).stands_out == 0
    assert look_at(Image.fromarray(grain)).stands_out < 0.003


def test_a_small_thing_on_white_is_not_blank() -> None:
    picture = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(picture).ellipse((180, 180, 215, 215), fill="gold")
    assert look_at(picture).stands_out > 0.004


def test_blurring_is_seen_on_any_size(draw: Draw) -> None:
    for side in (200, 900):
        sharp = draw(3, side, side)
        blurred = sharp.filter(ImageFilter.GaussianBlur(0.025 * side))
        assert look_at(sharp).blur < 0.5
        assert look_at(blurred).blur > 0.6


def test_pages_are_text_and_things_are_not(draw: Draw) -> None:
    assert look_at(page("Delivery within two days")).text > 0.6
    assert look_at(things("red", "blue")).text == 0
    assert look_at(draw(1)).text == 0


@pytest.mark.parametrize(
    ("colours", "count"), [(["red"], 1), (["red", "blue"], 2), (["red", "blue", "green"], 3)]
)
def test_separate_things_on_a_plain_ground_are_counted(colours: list[str], count: int) -> None:
    assert look_at(things(*colours)).products == count


def test_a_pair_of_the_same_is_one_product() -> None:
    assert look_at(things("red", "red")).products == 1


def test_the_thumbnail_is_square_whatever_the_picture(draw: Draw) -> None:
    assert look_at(draw(1, 500, 100)).thumbnail.shape == (THUMBNAIL, THUMBNAIL, 3)
