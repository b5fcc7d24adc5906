"""A crop agrees with its picture on every pixel; another picture of the same thing does not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from indexer.doctoring.look import look_at
from indexer.doctoring.same_picture import agreement, best_views, views
from search.arrays import Pixels

Draw = Callable[..., Image.Image]


def small(picture: Image.Image) -> Pixels:
    return look_at(picture).thumbnail


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def compare(whole: Image.Image, part: Image.Image) -> float:
    own, other = small(whole), small(part)
    view, _ = best_views(views(own), views(other)[:1])
    return agreement(own, other, int(view[0]))


@pytest.fixture
def photo(draw: Draw) -> Image.Image:
    """Shapes with grain, so that there is detail everywhere."""
    pixels = np.asarray(draw(5, 320, 320)).astype(np.int64)
    grain = np.random.default_rng(0).normal(0, 25, (40, 40, 3)).repeat(8, 0).repeat(8, 1)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    "box", [(0, 0, 320, 320), (30, 10, 320, 290), (0, 60, 250, 320), (40, 40, 280, 280)]
)
def test_a_crop_is_the_same_picture_scaled_and_compressed_too(
    photo: Image.Image, box: tuple[int, int, int, int]
) -> None:
    crop = compressed(photo.crop(box).resize((210, 180)), 45)
    assert compare(photo, crop) > 0.99


def test_the_best_view_is_where_the_crop_was_cut(photo: Image.Image) -> None:
    own = small(photo)
    centre = small(photo.crop((26, 26, 294, 294)))
    found, score = best_views(views(own), views(centre)[:1])
    whole, first = best_views(views(own), views(own)[:1])
    assert int(whole[0]) == 0
    assert first[0] == pytest.approx(1, abs=1e-5)
    assert int(found[0]) != 0
    assert score[0] > 0.9


def test_another_scene_is_another_picture(photo: Image.Image, draw: Draw) -> None:
    assert compare(photo, draw(6, 320, 320)) < 0.9


def test_the_same_thing_in_another_colour_is_another_picture(photo: Image.Image) -> None:
    red, green, blue = photo.split()
    assert compare(photo, Image.merge("RGB", (green, blue, red))) < 0.97


def test_a_turned_picture_is_no_crop(photo: Image.Image) -> None:
    turned = photo.rotate(3, resample=Image.Resampling.BICUBIC).crop((20, 20, 300, 300))
    assert compare(photo, turned) == 0


def test_brighter_is_the_same(photo: Image.Image) -> None:
    assert compare(photo, ImageEnhance.Brightness(photo).enhance(0.9)) > 0.99


def test_a_blank_picture_agrees_with_nothing(photo: Image.Image) -> None:
    assert compare(photo, Image.new("RGB", (320, 320), "white")) == 0
