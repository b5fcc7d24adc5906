"""A model on its way to another process: the same fingerprint and features, and nothing to find."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from search.arrays import Pixels
from search.embedding import Embedder
from search.embedding.backbone import Backbone, Ensemble, Model
from search.embedding.shipping import pack


@pytest.fixture
def pixels(backbone: Backbone) -> Pixels:
    size = backbone.preprocessing.size
    return np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)


def shipped(model: Model, cache: Path, folder: Path, *, has_gpus: bool = False) -> Model:
    """As another process gets it."""
    packed = pickle.dumps(pack(model, cache, has_gpus=has_gpus))
    return pickle.loads(packed).unpacked(folder)  # type: ignore[no-any-return]  # noqa: S301


def test_the_converted_network_gives_the_same_features(
    backbone: Backbone, converted: Path, tmp_path: Path, pixels: Pixels
) -> None:
    there = shipped(backbone, converted, tmp_path)
    assert there.fingerprint == backbone.fingerprint
    found, expected = (Embedder(one, cache=converted).features(pixels) for one in (there, backbone))
    assert np.array_equal(found, expected)


def test_what_was_shipped_can_be_shipped_on(
    backbone: Backbone, converted: Path, tmp_path: Path, pixels: Pixels
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    there = shipped(shipped(backbone, converted, tmp_path / "a"), converted, tmp_path / "b")
    expected = Embedder(backbone, cache=converted).features(pixels)
    assert np.array_equal(Embedder(there).features(pixels), expected)


def test_each_member_of_an_ensemble_has_its_own_files(
    backbone: Backbone, converted: Path, tmp_path: Path
) -> None:
    model = Ensemble("both", (backbone, backbone))
    there = shipped(model, converted, tmp_path)
    assert there.fingerprint == model.fingerprint
    picture = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    found, expected = (Embedder(one, cache=converted).embed(picture) for one in (there, model))
    assert np.array_equal(found, expected)


def test_for_gpus_the_network_itself_is_shipped(
    backbone: Backbone, converted: Path, tmp_path: Path, pixels: Pixels
) -> None:
    there = shipped(backbone, converted, tmp_path, has_gpus=True)
    found, expected = (Embedder(one, runtime="torch").features(pixels) for one in (there, backbone))
    assert np.allclose(found, expected, atol=1e-5)
