"""Heat maps are shares of the score: they add up to it, under every head and on every runtime."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.arrays import unit_rows
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.head import Head, fit_whitening
from search.embedding.runtimes import RuntimeName
from search.explaining.heat import occluded, pooled
from search.images import load

Draw = Callable[..., Image.Image]


@pytest.fixture(scope="module", params=["openvino", "torch"])
def embedder(request: pytest.FixtureRequest, backbone: Backbone, converted: Path) -> Embedder:
    runtime: RuntimeName = request.param
    return Embedder(backbone, runtime=runtime, cache=converted)


def heads(embedder: Embedder, draw: Draw) -> list[Head]:
    """Plain, whitened, and one with a centre far away, as a tuned one may have."""
    features = embedder.features(np.stack([embedder.prepare(draw(seed)) for seed in range(12)]))
    random = np.random.default_rng(0)
    tuned = Head(
        "tuned",
        random.normal(0, 0.02, 1280).astype(np.float32),
        random.normal(0, 1, (1280, 64)).astype(np.float32),
    )
    return [Head(), fit_whitening([features], 8), tuned]


def test_positions_and_centre_add_up_to_the_cosine(embedder: Embedder, draw: Draw) -> None:
    pictures = [embedder.prepare(draw(seed)) for seed in (1, 2)]
    features = embedder.features(np.stack(pictures))
    positions = [embedder.positions(one) for one in pictures]
    for head in heads(embedder, draw):
        vectors = head.apply(features)
        score = float(vectors[0] @ vectors[1])
        for at in (0, 1):
            seen = positions[at]
            assert seen is not None
            grid, centre = pooled(seen, head, vectors[1 - at])
            assert grid.shape == (7, 7)
            assert grid.sum() + centre == pytest.approx(score, abs=1e-4)


def test_a_look_has_the_features_of_a_batch_and_their_map(embedder: Embedder, draw: Draw) -> None:
    pixels = embedder.prepare(draw(3))
    features, maps = embedder.look(pixels)
    assert np.array_equal(features, embedder.features(pixels[None]))
    assert maps is not None
    assert maps.shape == (1, 7, 7, 1280)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), features, atol=2e-2)


def test_what_is_covered_costs_most_where_the_likeness_is(embedder: Embedder, draw: Draw) -> None:
    picture = Image.new("RGB", (210, 210), (200, 200, 200))
    picture.paste(draw(5, 60, 60), (120, 30))
    other = embedder.embed(draw(5, 60, 60))[0]
    grid = occluded(embedder, load(picture), other)
    assert grid.shape == (7, 7)
    row, column = divmod(int(np.argmax(grid)), 7)
    assert row in {1, 2}
    assert column in {4, 5}


def test_a_position_without_anything_carries_nothing() -> None:
    random = np.random.default_rng(1)
    positions = random.normal(0, 1, (2, 3, 5)).astype(np.float32)
    positions[0, 1] = 0
    head = Head(
        "tuned",
        random.normal(0, 0.1, 5).astype(np.float32),
        random.normal(0, 1, (5, 4)).astype(np.float32),
    )
    other = unit_rows(random.normal(0, 1, (1, 4)).astype(np.float32))[0]
    grid, centre = pooled(positions, head, other)
    assert grid[0, 1] == 0
    vector = head.apply(positions.mean(axis=(0, 1))[None])[0]
    assert grid.sum() + centre == pytest.approx(float(vector @ other), abs=1e-6)
