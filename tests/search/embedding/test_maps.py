"""The map that features are the mean of, or the plain word that there is none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from search.arrays import Pixels
from search.embedding.backbone import Backbone, Ensemble, Exported
from search.embedding.embedding_network import EmbeddingNetwork
from search.embedding.preprocessing import Preprocessing
from search.embedding.runtimes import RuntimeName, start_runtime
from search.embedding.runtimes.network_file import write_network
from search.embedding.torchvision_ops import declare_missing_operators

RUNTIMES: list[RuntimeName] = ["openvino", "torch"]
SIZE = 160


def trunk(name: str) -> nn.Module:
    """A small timm network with random weights, without its classifier."""
    declare_missing_operators()
    import timm
    import torch

    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False)
    network.reset_classifier(0)
    assert isinstance(network, nn.Module)
    return network.eval()


def trained(*, flip: bool) -> nn.Module:
    import torch

    torch.manual_seed(1)
    network = EmbeddingNetwork(trunk("test_resnet"), 96, 12, flip=flip)
    network.train()
    with torch.no_grad():
        network(torch.rand(4, 3, SIZE, SIZE))  # moves the neck's means and deviations
    return network.eval()


def backbone_of(network: nn.Module, dim: int) -> Backbone:
    fitted = Preprocessing(SIZE, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    return Backbone("tiny", dim, fitted, f"{id(network)}", lambda: network)


@pytest.fixture
def pixels() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)


AVERAGED: list[tuple[Callable[[], nn.Module], int]] = [
    (lambda: trunk("test_efficientnet"), 256),
    (lambda: trunk("test_resnet"), 96),
    (lambda: trained(flip=False), 12),
]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("make", "dim"), AVERAGED)
def test_features_are_the_mean_of_their_positions(
    make: Callable[[], nn.Module], dim: int, runtime: RuntimeName, pixels: Pixels
) -> None:
    started = start_runtime(backbone_of(make(), dim), runtime, None)
    features, maps = started.look(pixels)
    positions = started.positions(pixels)
    assert features.shape == (3, dim)
    assert maps is not None
    assert positions is not None
    assert positions.shape == (*maps.shape[:3], dim)
    np.testing.assert_allclose(positions.mean(axis=(1, 2)), features, rtol=1e-2, atol=1e-2)


OTHERS: list[tuple[Callable[[], nn.Module], int]] = [
    (lambda: trunk("test_vit"), 64),
    (lambda: trunk("test_convnext"), 64),
    (lambda: trained(flip=True), 12),
]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("make", "dim"), OTHERS)
def test_what_pools_in_another_way_has_no_map(
    make: Callable[[], nn.Module], dim: int, runtime: RuntimeName, pixels: Pixels
) -> None:
    started = start_runtime(backbone_of(make(), dim), runtime, None)
    features, maps = started.look(pixels)
    assert (features.shape, maps, started.positions(pixels)) == ((3, dim), None, None)


@pytest.mark.parametrize("first", ["look", "features"])
def test_it_does_not_matter_which_network_started_first(
    backbone: Backbone, converted: Path, first: str
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 224, 224, 3), np.uint8)
    started = start_runtime(backbone, "openvino", converted)
    if first == "look":
        started.look(pixels[:1])
    few, all_of_them = started.features(pixels[:3]), started.features(pixels)
    assert np.array_equal(few, all_of_them[:3])
    assert np.array_equal(started.look(pixels).features, all_of_them)


def test_an_exported_network_has_its_map_too(tmp_path: Path, pixels: Pixels) -> None:
    network = backbone_of(trained(flip=False), 12)
    write_network(network, tmp_path / "model.xml")
    file = Exported(tmp_path / "model.xml", "openvino", "float32")
    exported = Backbone("e", 12, network.preprocessing, "w", network.network, exported=file)
    started = start_runtime(exported, "auto", None)
    positions = started.positions(pixels)
    assert positions is not None
    features = start_runtime(network, "torch", None).features(pixels)
    np.testing.assert_allclose(positions.mean(axis=(1, 2)), features, atol=1e-3)


def test_an_ensemble_shows_its_first_members_map(pixels: Pixels) -> None:
    one = backbone_of(trunk("test_resnet"), 96)
    other = backbone_of(trunk("test_vit"), 64)
    both = np.concatenate([pixels.reshape(3, -1)] * 2, axis=1)
    for members, has_map in (((one, other), True), ((other, one), False)):
        started = start_runtime(Ensemble("both", members), "torch", None)
        features, maps = started.look(both)
        assert np.array_equal(features, started.features(both))
        assert (maps is not None) == has_map
        assert started.positions(both) is None
