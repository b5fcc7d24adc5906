"""Any picture, however it is given, becomes the same unit vector."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search import load_embedder
from search.arrays import Floats, Pixels
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.head import fit_whitening
from search.embedding.preprocessing import Preprocessing
from search.embedding.runtimes import Look, Runtime
from search.errors import InvalidImage, ModelError
from search.images import ImageSource, load

Draw = Callable[..., Image.Image]


class Average:
    """A runtime whose features a person can check: a picture's average red, green and blue."""

    name = "average"
    block = 4

    def __init__(self) -> None:
        self.blocks: list[int] = []

    def features(self, pixels: Pixels) -> Floats:
        self.blocks.append(len(pixels))
        return np.asarray(pixels.mean(axis=(1, 2)), np.float32)

    def look(self, pixels: Pixels) -> Look:
        return Look(self.features(pixels), None)

    def positions(self, pixels: Pixels) -> None:
        """None are known."""


@pytest.fixture
def average() -> Average:
    return Average()


@pytest.fixture
def embedder(average: Average) -> Embedder:
    def no_network() -> None:
        raise AssertionError("the runtime needs no network")

    preprocessing = Preprocessing(32, (0, 0, 0), (1, 1, 1))
    made = Embedder(Backbone("average", 3, preprocessing, "none", no_network))  # type: ignore[arg-type]
    made.runtime = average
    return made


def test_red_is_red(embedder: Embedder) -> None:
    np.testing.assert_allclose(embedder.embed(Image.new("RGB", (50, 20), "red")), [[1, 0, 0]])


def test_every_kind_of_source_gives_one_vector(
    embedder: Embedder, draw: Draw, tmp_path: Path
) -> None:
    picture = draw(1)
    path = tmp_path / "a.png"
    picture.save(path)
    array = np.asarray(picture)
    sources: list[ImageSource] = [path, str(path), path.read_bytes(), picture, array]
    together = embedder.embed(sources)
    assert together.shape == (5, 3)
    for source in sources:
        assert np.array_equal(embedder.embed(source), together[:1])
        assert np.array_equal(embedder.embed([source]), together[:1])
        assert np.array_equal(embedder.vector(load(source)), together[:1])
    assert np.array_equal(embedder.embed(np.stack([array, array])), together[:2])


def test_rows_are_float32_of_unit_length_in_the_given_order(
    embedder: Embedder, average: Average, draw: Draw
) -> None:
    pictures = [draw(seed) for seed in range(11)]
    rows = embedder.embed(pictures)
    assert rows.dtype == np.float32
    assert rows.shape == (11, 3)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(rows, np.concatenate([embedder.embed(one) for one in pictures]))
    assert average.blocks[:3] == [4, 4, 3]


def test_no_pictures_give_no_rows(embedder: Embedder) -> None:
    rows = embedder.embed([])
    assert rows.dtype == np.float32
    assert rows.shape == (0, 3)


def test_a_bad_picture_is_named(embedder: Embedder, draw: Draw, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(InvalidImage, match=r"bad\.jpg: this is not a readable image"):
        embedder.embed([draw(1), bad, tmp_path / "missing.jpg"])


def test_vectors_are_what_the_head_makes_of_the_features(
    embedder: Embedder, average: Average, draw: Draw
) -> None:
    random = np.random.default_rng(0)
    head = fit_whitening([random.uniform(1, 2, (50, 3)).astype(np.float32)], 2)
    other = Embedder(embedder.backbone, head)
    other.runtime = average
    pixels = embedder.prepare(draw(1))[None]
    assert np.array_equal(other.embed(draw(1)), head.apply(other.features(pixels)))
    assert other.embed(draw(1)).shape == (1, 2)


def test_one_that_was_stopped_starts_again_with_the_next_picture(
    embedder: Embedder, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Average] = []

    def start(*_: object) -> Average:
        started.append(Average())
        return started[-1]

    monkeypatch.setattr("search.embedding.embedder.start_runtime", start)
    other = Embedder(embedder.backbone)
    before, looked = other.embed(draw(1)), other.look(other.prepare(draw(1)))
    other.stop()
    assert np.array_equal(other.embed(draw(1)), before)
    assert np.array_equal(other.look(other.prepare(draw(1))).features, looked.features)
    assert [len(one.blocks) for one in started] == [2, 2]


def test_load_embedder_says_what_it_does_not_know() -> None:
    with pytest.raises(ModelError, match="nonsense"):
        load_embedder("nonsense")


def test_the_default_embedder_embeds(openvino: Runtime, draw: Draw, tmp_path: Path) -> None:
    embedder = load_embedder()
    embedder.runtime = openvino  # started already
    buffer = io.BytesIO()
    draw(1).save(buffer, "PNG")
    rows = embedder.embed([buffer.getvalue(), draw(1), draw(2)])
    assert rows.shape == (3, 1280)
    assert rows[0] @ rows[1] > 0.999
    assert rows[0] @ rows[2] < 0.95
