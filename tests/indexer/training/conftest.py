"""Small catalogs to learn from, and a small network."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from indexer.progress import Steps
from indexer.training import train
from indexer.training.recipe import Recipe
from indexer.training.report import TrainReport

COLOURS = {"Red": (200, 40, 40), "Green": (40, 180, 60), "Blue": (50, 60, 200)}


@pytest.fixture(scope="session")
def colours(
    tmp_path_factory: pytest.TempPathFactory,
    draw: Callable[..., Image.Image],
    write_rows: Callable[..., Path],
) -> Callable[..., Path]:
    """``colours(each)``: a catalog of so many scenes in the light of each of three colours."""

    def make(each: int = 12, names: tuple[str, ...] = tuple(COLOURS)) -> Path:
        folder = tmp_path_factory.mktemp("colours")
        rows = []
        for number, name in enumerate(each * names):
            file = f"{name}-{number // len(names)}.png"
            light = Image.new("RGB", (64, 64), COLOURS[name])
            Image.blend(draw(number, 64, 64), light, 0.5).save(folder / file)
            rows.append(
                {
                    "product_id": file,
                    "image": file,
                    "title": f"{name} thing",
                    "category": f"Things > {name}",
                }
            )
        return write_rows(folder / "catalog.csv", rows)

    return make


@pytest.fixture(scope="session")
def quick(networks: Path, tiny_model: str) -> Callable[..., Recipe]:
    """A recipe of seconds: the tiny network, small pictures, two epochs."""
    assert networks

    def make(**changes: object) -> Recipe:
        small = {"base": tiny_model, "epochs": 2, "batch": 8, "size": 64, "dim": 16, "freeze": 0}
        return Recipe.of(small | {"holdout": 0.25} | changes)

    return make


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., TrainReport]:
    """``run(catalog, recipe)``: train into ``tmp_path / "model"``, or ``out``."""

    def start(catalog: Path, recipe: Recipe, out: Path | None = None) -> TrainReport:
        with Steps(Console(file=io.StringIO())) as steps:
            return train(catalog, out or tmp_path / "model", recipe, steps, devices=1)

    return start


@pytest.fixture
def tiny_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small open_clip model with random weights, which takes pictures of 32 px only."""
    from search.embedding.torchvision_ops import declare_missing_operators

    declare_missing_operators()
    import open_clip
    import torch
    from open_clip.factory import _MODEL_CONFIGS

    sizes = {"layers": 1, "width": 32, "head_width": 16}
    config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "patch_size": 16, **sizes},
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "layers": 1,
            "width": 16,
            "heads": 2,
        },
    }
    monkeypatch.setitem(_MODEL_CONFIGS, "tiny-clip", config)
    torch.manual_seed(0)
    path = tmp_path / "clip.pt"
    torch.save(open_clip.create_model("tiny-clip", load_weights=False).state_dict(), path)
    return f"open_clip:tiny-clip/{path}"
