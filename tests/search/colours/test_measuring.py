"""What is measured is the product's colour: whatever its background, shadows and pattern."""

import csv
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from search.catalog.filters.colour import ENOUGH
from search.colours import MOST, Colour, measure_all, thumbnail
from search.colours.names import EXAMPLES, NAMES

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
OTHER_WORDS = {
    "cream": {"beige", "white"},
    "silver": {"grey", "white"},
    "coral": {"red", "orange", "pink"},
    "amber": {"orange", "brown"},
    "teal": {"turquoise"},
    "gold": {"yellow", "orange", "brown"},
}
GROUNDS = ["white", "#f2efe9", "#202020", "#b5763a", "#3a6ea5"]


def disc(colour: str, ground: str, width: int = 240, height: int = 180) -> Image.Image:
    image = Image.new("RGB", (width, height), ground)
    box = (width * 0.25, height * 0.2, width * 0.75, height * 0.8)
    ImageDraw.Draw(image).ellipse(box, fill=colour)
    return image


def measure(picture: Image.Image) -> tuple[Colour, ...]:
    return measure_all(thumbnail(picture)[None])[0]


def shares(picture: Image.Image) -> dict[str, float]:
    return {one.name: one.share for one in measure(picture)}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "white"])
def test_a_product_has_its_own_colour_and_not_that_of_its_background(
    name: str, ground: str
) -> None:
    assert measure(disc(EXAMPLES[name], ground)) == (Colour(name, EXAMPLES[name], 1.0),)


@pytest.mark.parametrize("ground", GROUNDS[:2])
def test_a_white_product_on_white_is_white(ground: str) -> None:
    assert shares(disc("#f7f7f7", ground)) == {"white": 1.0}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_nothing_but_one_colour_has_that_colour(name: str) -> None:
    filled = Image.new("RGB", (50, 80), EXAMPLES[name])
    assert measure(filled) == (Colour(name, EXAMPLES[name], 1.0),)


def test_a_shadow_on_the_product_and_one_beside_it_change_nothing() -> None:
    image = disc("#c81e1e", "#eeeeee", 240, 240)
    light = np.linspace(1.0, 0.72, 240)[:, None, None]
    shaded = Image.fromarray((np.asarray(image) * light).astype(np.uint8))
    assert list(shares(shaded)) == ["red"]


def test_a_part_that_looks_like_the_background_but_lies_inside_belongs_to_the_product() -> None:
    image = disc("#2456c8", "white", 200, 200)
    ImageDraw.Draw(image).rectangle((70, 85, 130, 115), fill="white")
    found = shares(image)
    assert list(found) == ["blue", "white"]
    assert 0.15 < found["white"] < 0.5


def test_a_pattern_has_the_colours_of_its_threads_and_not_their_mixture() -> None:
    image = Image.new("RGB", (320, 320), "white")
    pen = ImageDraw.Draw(image)
    for row in range(4, 28):
        for column in range(4, 28):
            fill = "#d02020" if (row + column) % 2 else "#ffe135"
            pen.rectangle((10 * column, 10 * row, 10 * column + 9, 10 * row + 9), fill=fill)
    found = shares(image)
    assert set(found) == {"red", "yellow"}
    assert min(found.values()) > 0.4


def test_shares_are_of_the_product_largest_first_and_few() -> None:
    image = Image.new("RGB", (300, 200), "white")
    pen = ImageDraw.Draw(image)
    for place, name in enumerate(("green", "purple", "black")):
        left, right = 60 + (0, 90, 150)[place], 60 + (89, 149, 180)[place]
        pen.rectangle((left, 50, right, 150), fill=EXAMPLES[name])
    found = measure(image)
    assert [one.name for one in found] == ["green", "purple", "black"]
    assert sum(one.share for one in found) == pytest.approx(1, abs=0.02)
    assert [one.hex for one in found] == [EXAMPLES[one.name] for one in found]


def test_noise_and_blur_do_not_change_what_a_colour_is_called() -> None:
    random = np.random.default_rng(0)
    image = np.asarray(disc("#2e9b3e", "#dddddd", 200, 200), np.float64)
    noisy = np.clip(image + random.normal(0, 10, image.shape), 0, 255).astype(np.uint8)
    blurred = Image.fromarray(noisy).filter(ImageFilter.GaussianBlur(1))
    assert shares(blurred)["green"] > 0.9


def test_many_at_once_are_measured_as_each_alone(draw: Callable[..., Image.Image]) -> None:
    pictures = [draw(seed, 90, 120) for seed in range(40)]
    together = measure_all(np.stack([thumbnail(one) for one in pictures]))
    assert together == [measure(one) for one in pictures]
    for found in together:
        assert 1 <= len(found) <= MOST
        assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
        assert len({one.name for one in found}) == len(found)


def test_most_merchants_would_call_the_sample_products_so() -> None:
    """``colour`` of the sample catalog is what its author called each product."""
    with (SAMPLE / "catalog.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    right = 0
    for row in rows:
        pictures = [Image.open(SAMPLE / name) for name in row["image"].split("|")]
        found = {
            one.name
            for picture in pictures
            for one in measure(picture.convert("RGB"))
            if one.share >= ENOUGH
        }
        right += bool(found & OTHER_WORDS.get(row["colour"], {row["colour"]}))
    assert right >= 60, f"{right} of {len(rows)}"


def test_a_picture_takes_less_than_a_few_milliseconds(draw: Callable[..., Image.Image]) -> None:
    picture = draw(1, 350, 350)
    measure(picture)  # makes the tables
    start = process_time()
    for _ in range(50):
        measure(picture)
    assert (process_time() - start) / 50 < 0.01
