"""A folder with a model is a model like any other, and several joined by + are one."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from search.arrays import Floats, Pixels, unit_rows
from search.embedding import Embedder
from search.embedding.backbone import Backbone, Ensemble, Exported, Precision
from search.embedding.backbones import load_backbone, load_model
from search.embedding.backbones.architectures import build
from search.embedding.backbones.trained_models import CLASSIFIER
from search.embedding.embedding_network import EmbeddingNetwork
from search.embedding.head import Head
from search.embedding.model_files import CONFIG, HEAD, WEIGHTS
from search.embedding.model_folder import (
    ExportedConfig,
    TrainedConfig,
    TunedConfig,
    write_config,
)
from search.embedding.preprocessing import Preprocessing
from search.embedding.runtimes import RuntimeName, start_runtime
from search.embedding.runtimes.network_file import write_network
from search.errors import ModelError

TOLERANCE = 1e-3
HALF = (0.5, 0.5, 0.5)
FEATURES = 256
DIM = 8


def drift(one: Floats, other: Floats) -> float:
    """The largest 1 - cosine between rows of the same number."""
    assert one.shape == other.shape
    return float(1 - (unit_rows(one) * unit_rows(other)).sum(axis=1).min())


def trained(folder: Path, size: int = 64, seed: int = 0, *, flip: bool = False) -> Any:
    """Save a small network with random weights as ``indexer train`` does; returns the network."""
    import torch

    trunk = build("timm:test_efficientnet")
    torch.manual_seed(seed)
    for part in trunk.parameters():
        torch.nn.init.normal_(part, std=0.1)
    network = EmbeddingNetwork(trunk, FEATURES, DIM, flip=flip).eval()
    folder.mkdir()
    save_file(network.state_dict() | {CLASSIFIER: torch.zeros(3, DIM)}, folder / WEIGHTS)
    config = TrainedConfig(
        architecture="timm:test_efficientnet",
        features=FEATURES,
        dim=DIM,
        preprocessing=Preprocessing(size, HALF, HALF),
        flip=flip,
    )
    write_config(folder, config)
    return network


def exported(folder: Path, source: Backbone, precision: Precision = "float32") -> Path:
    """Save a network as ``indexer export`` does for OpenVINO."""
    folder.mkdir()
    write_network(source, folder / "model.xml")
    config = ExportedConfig(
        of=source.spec,
        engine="openvino",
        precision=precision,
        file="model.xml",
        dim=source.dim,
        preprocessing=source.preprocessing,
    )
    write_config(folder, config)
    return folder


def some_pixels(size: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (5, size, size, 3), np.uint8)


def change(folder: Path, **values: object) -> None:
    """Other values in its config.json."""
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | values))


def refusal(spec: object) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(spec))
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(spec) in sentence
    return sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model."""
    place = tmp_path_factory.mktemp("models") / "trained"
    trained(place)
    return place


@pytest.fixture(scope="module")
def export(folder: Path) -> Path:
    """The same, exported."""
    return exported(folder.with_name("exported"), load_backbone(str(folder)))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two trained models for pictures of different sizes."""
    place = tmp_path_factory.mktemp("pair")
    trained(place / "a", size=64, seed=1)
    trained(place / "b", size=96, seed=2)
    return str(place / "a"), str(place / "b")


class TestTrained:
    @pytest.mark.parametrize("flip", [False, True])
    def test_gives_the_networks_own_features(self, tmp_path: Path, flip: bool) -> None:
        import torch

        network = trained(tmp_path / "model", flip=flip)
        backbone = load_backbone(str(tmp_path / "model"))
        assert (backbone.dim, backbone.spec) == (DIM, str(tmp_path / "model"))
        pixels = some_pixels(64)
        images = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1
        with torch.inference_mode():
            expected: Floats = network(images).numpy()
        found = start_runtime(backbone, "torch", None).features(pixels)
        np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_flipped_or_not_is_another_fingerprint(self, tmp_path: Path) -> None:
        trained(tmp_path / "model")
        straight = load_backbone(str(tmp_path / "model")).fingerprint
        change(tmp_path / "model", flip=True)
        assert load_backbone(str(tmp_path / "model")).fingerprint != straight

    def test_a_relative_folder_is_remembered_by_its_whole_path(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parent)
        assert load_backbone(folder.name).spec == str(folder)


class TestBroken:
    """One sentence that names the folder."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> Path:
        trained(tmp_path / "model")
        return tmp_path / "model"

    def test_configuration_that_is_no_json(self, model: Path) -> None:
        (model / CONFIG).write_text("{")
        assert f"{CONFIG}: it: Invalid JSON" in refusal(model)

    def test_another_kind(self, model: Path) -> None:
        change(model, kind="guessed")
        assert "'guessed'" in refusal(model)

    def test_a_missing_value(self, model: Path) -> None:
        (model / CONFIG).write_text('{"kind": "trained"}')
        assert f"{CONFIG}: trained.architecture: Field required" in refusal(model)

    def test_a_value_that_nobody_knows(self, model: Path) -> None:
        change(model, run="rm -r /")
        assert "trained.run: Extra inputs are not permitted" in refusal(model)

    def test_missing_weights(self, model: Path) -> None:
        (model / WEIGHTS).unlink()
        assert WEIGHTS in refusal(model)

    def test_a_missing_head(self, model: Path) -> None:
        write_config(model, TunedConfig(base="efficientnet_lite0", head_kind="tuned"))
        assert HEAD in refusal(model)

    def test_a_base_that_is_not_there(self, model: Path) -> None:
        Head("tuned", np.zeros(2, np.float32), np.eye(2, dtype=np.float32)).save(model / HEAD)
        write_config(model, TunedConfig(base="no such model", head_kind="tuned"))
        with pytest.raises(ModelError, match="'no such model' is not a model specification"):
            load_model(str(model))


def test_a_tuned_folder_puts_its_head_on_the_base(
    folder: Path, tmp_path: Path, draw: Callable[..., Image.Image]
) -> None:
    projection = np.random.default_rng(0).normal(size=(DIM, 3)).astype(np.float32)
    head = Head("tuned", np.zeros(DIM, np.float32), projection)
    head.save(tmp_path / HEAD)
    write_config(tmp_path, TunedConfig(base=str(folder), head_kind="tuned"))
    model = load_model(str(tmp_path))
    assert (model.spec, model.head.fingerprint) == (str(tmp_path), head.fingerprint)
    assert model.fingerprint == load_model(str(folder)).fingerprint
    pictures = [draw(1), draw(2)]
    expected = head.apply(Embedder(load_model(str(folder)), runtime="torch").embed(pictures))
    found = Embedder(model, runtime="torch").embed(pictures)
    np.testing.assert_allclose(found, expected, atol=1e-5)


class TestExported:
    def test_gives_the_features_of_what_it_was_exported_from(
        self, folder: Path, export: Path
    ) -> None:
        pixels = some_pixels(64)
        runtime = start_runtime(load_backbone(str(export)), "auto", None)
        assert runtime.name == "openvino cpu float32"
        expected = start_runtime(load_backbone(str(folder)), "torch", None).features(pixels)
        assert drift(runtime.features(pixels), expected) <= 1e-5

    def test_its_fingerprint_changes_with_its_bytes_and_its_precision(
        self, folder: Path, tmp_path: Path
    ) -> None:
        def fingerprint() -> str:
            return load_backbone(str(model)).fingerprint

        model = exported(tmp_path / "model", load_backbone(str(folder)))
        found = {fingerprint()}
        change(model, precision="bfloat16")
        found.add(fingerprint())
        weights = (model / "model.bin").read_bytes()
        (model / "model.bin").write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
        found.add(fingerprint())
        description = (model / "model.xml").read_text()
        (model / "model.xml").write_text(description + "\n")
        found.add(fingerprint())
        assert len(found) == 4

    def test_it_runs_in_its_own_engine_only(self, export: Path, tmp_path: Path) -> None:
        backbone = load_backbone(str(export))
        with pytest.raises(ModelError, match="was exported for openvino and cannot run in torch"):
            start_runtime(backbone, "torch", None)
        onnx = replace(backbone, exported=Exported(tmp_path / "a.onnx", "onnx", "float32"))
        with pytest.raises(ModelError, match="was exported for onnx and cannot run in openvino"):
            start_runtime(onnx, "openvino", None)

    @pytest.mark.parametrize(
        "file", ["../trained/model.safetensors", "/etc/hostname", "a\\b.xml", "..", ".", "", "a/b"]
    )
    def test_a_file_outside_of_the_folder_is_refused_and_not_read(
        self, export: Path, tmp_path: Path, file: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_config(tmp_path, load_config(export, file=file))
        read: list[Path] = []
        real = Path.read_bytes

        def noted(path: Path) -> bytes:
            read.append(path)
            return real(path)

        monkeypatch.setattr(Path, "read_bytes", noted)
        assert f"file: '{file}' is not the name of a file" in refusal(tmp_path)
        assert {path.name for path in read} == {CONFIG}

    @pytest.mark.parametrize("file", ["model.xml", "model.bin"])
    def test_a_missing_file_is_said(self, folder: Path, tmp_path: Path, file: str) -> None:
        model = exported(tmp_path / "model", load_backbone(str(folder)))
        (model / file).unlink()
        assert file in refusal(model)

    def test_a_damaged_file_is_said_when_it_starts(self, export: Path, tmp_path: Path) -> None:
        write_config(tmp_path, load_config(export))
        (tmp_path / "model.xml").write_text("<net")
        (tmp_path / "model.bin").write_bytes(b"")
        with pytest.raises(ModelError, match="the file is damaged") as caught:
            start_runtime(load_backbone(str(tmp_path)), "auto", None)
        assert "\n" not in str(caught.value)


def load_config(folder: Path, **values: object) -> ExportedConfig:
    config = json.loads((folder / CONFIG).read_text())
    return ExportedConfig.model_validate(config | values)


class TestEnsemble:
    @pytest.mark.parametrize("runtime", ["torch", "openvino"])
    def test_features_are_the_members_at_unit_length_side_by_side(
        self, pair: tuple[str, str], runtime: RuntimeName, draw: Callable[..., Image.Image]
    ) -> None:
        pictures = [draw(seed) for seed in range(3)]
        joint = Embedder(load_model("+".join(pair)), runtime=runtime)
        prepared = np.stack([joint.prepare(one) for one in pictures])
        assert prepared.shape == (3, 3 * (64 * 64 + 96 * 96))
        found = joint.features(prepared)
        assert found.shape == (3, 2 * DIM)
        for number, spec in enumerate(pair):
            alone = Embedder(load_model(spec), runtime=runtime).embed(pictures)  # unit rows
            part = found[:, number * DIM : (number + 1) * DIM]
            np.testing.assert_allclose(part, alone, atol=1e-5)

    def test_both_runtimes_agree(
        self, pair: tuple[str, str], draw: Callable[..., Image.Image]
    ) -> None:
        pictures = [draw(seed) for seed in range(3)]
        exact, fast = (
            Embedder(load_model(" + ".join(pair)), runtime=runtime).embed(pictures)
            for runtime in ("torch", "openvino")
        )
        assert drift(exact, fast) <= TOLERANCE

    def test_is_known_by_its_members_in_order(self, pair: tuple[str, str]) -> None:
        one, other = load_model("+".join(pair)), load_model("+".join(reversed(pair)))
        assert isinstance(one, Ensemble)
        assert (one.dim, one.spec) == (2 * DIM, "+".join(pair))
        assert one.fingerprint != other.fingerprint

    def test_is_no_single_network(self, pair: tuple[str, str], tmp_path: Path) -> None:
        Head("tuned", np.zeros(16, np.float32), np.eye(16, dtype=np.float32)).save(tmp_path / HEAD)
        write_config(tmp_path, TunedConfig(base="+".join(pair), head_kind="tuned"))
        assert isinstance(load_model(str(tmp_path)), Ensemble)
        with pytest.raises(ModelError, match="is an ensemble, where one network is wanted"):
            load_backbone(str(tmp_path))
