"""A picture that was asked about can be asked again for a while, and then it is forgotten."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from search.arrays import Floats
from search.colours import Colour
from search.embedding import Embedder, load_embedder
from search.errors import BadParameter, InvalidImage, QueryForgotten
from search.querying.recent import LIFETIME, MEMORY, RecentPicture, RecentPictures
from search.regions import Box


def vector(picture: RecentPicture, embedder: Embedder, box: Box | None) -> Floats:
    return embedder.head.apply(picture.look(embedder, box).features)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


@pytest.fixture
def photo(draw: Callable[..., Image.Image]) -> bytes:
    file = io.BytesIO()
    draw(1, 200, 100).save(file, "PNG")
    return file.getvalue()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_region_is_embedded_like_the_picture_cut_out_by_hand(
    embedder: Embedder, photo: bytes, draw: Callable[..., Image.Image]
) -> None:
    cut = embedder.embed(draw(1, 200, 100).crop((20, 10, 120, 90)))
    found = vector(RecentPicture(photo, "photo"), embedder, (20, 10, 120, 90))
    assert (found * cut).sum() == pytest.approx(1, abs=1e-5)


def test_a_region_is_of_the_upright_picture(
    embedder: Embedder, draw: Callable[..., Image.Image]
) -> None:
    upright = draw(2, 300, 150)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    file = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(file, "PNG", exif=exif)
    picture = RecentPicture(file.getvalue(), "photo")
    found = vector(picture, embedder, (200, 0, 300, 150))
    assert picture.size == (300, 150)
    assert (found * embedder.embed(upright.crop((200, 0, 300, 150)))).sum() > 0.9999


def test_the_colours_are_those_of_the_region(embedder: Embedder) -> None:
    image = Image.new("RGB", (200, 100), "#d02020")
    image.paste("#2456c8", (100, 0, 200, 100))
    file = io.BytesIO()
    image.save(file, "PNG")
    picture = RecentPicture(file.getvalue(), "photo")
    left, right = (0, 0, 100, 100), (100, 0, 200, 100)
    assert picture.look(embedder, left).colours == (Colour("red", "#d02020", 1.0),)
    assert picture.look(embedder, right).colours == (Colour("blue", "#2456c8", 1.0),)
    assert {one.name for one in picture.look(embedder, None).colours} == {"red", "blue"}


@pytest.mark.parametrize(
    "box", [(-1, 0, 10, 10), (0, 0, 201, 10), (0, 0, 10, 101), (50, 0, 50, 10), (60, 0, 50, 10)]
)
def test_a_region_outside_of_the_picture_is_refused(
    embedder: Embedder, photo: bytes, box: tuple[int, int, int, int]
) -> None:
    with pytest.raises(BadParameter, match="200 x 100 pixels"):
        vector(RecentPicture(photo, "photo"), embedder, box)


def test_a_region_too_small_to_show_anything_is_refused(embedder: Embedder, photo: bytes) -> None:
    with pytest.raises(InvalidImage, match="too few"):
        vector(RecentPicture(photo, "photo"), embedder, (0, 0, 3, 50))


def test_an_error_calls_the_picture_by_its_name(embedder: Embedder) -> None:
    with pytest.raises(InvalidImage, match=r"^menu\.pdf: this is a PDF"):
        vector(RecentPicture(b"%PDF-1.4", "menu.pdf"), embedder, None)


def test_the_same_region_is_not_embedded_twice(embedder: Embedder, photo: bytes) -> None:
    picture = RecentPicture(photo, "photo")
    first = vector(picture, embedder, (0, 0, 50, 50))
    picture.content = b""  # what is not read again need not be there
    assert np.array_equal(vector(picture, embedder, (0, 0, 50, 50)), first)


def test_a_picture_is_forgotten_when_its_time_is_over() -> None:
    clock = Clock()
    kept = RecentPictures(clock)
    image_id = kept.keep(RecentPicture(b"x" * 10, "photo"))
    clock.now = LIFETIME - 1
    assert kept.get(image_id).name == "photo"
    clock.now = LIFETIME
    with pytest.raises(QueryForgotten, match="send it again"):
        kept.get(image_id)


def test_the_oldest_are_forgotten_when_memory_is_full() -> None:
    kept = RecentPictures()
    ids = [kept.keep(RecentPicture(bytes(MEMORY // 4), str(one))) for one in range(6)]
    for image_id in ids[:2]:
        with pytest.raises(QueryForgotten):
            kept.get(image_id)
    assert [kept.get(image_id).name for image_id in ids[2:]] == ["2", "3", "4", "5"]


def test_an_id_cannot_be_guessed() -> None:
    kept = RecentPictures()
    ids = {kept.keep(RecentPicture(b"x", "photo")) for _ in range(100)}
    assert len(ids) == 100
    assert all(len(image_id) >= 22 for image_id in ids)
