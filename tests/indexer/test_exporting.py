"""``indexer export``: a folder that computes the same, or nothing and the reason."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

from indexer.exporting.measuring import Measured, Trial
from search import load_embedder
from search.arrays import Floats
from search.embedding.backbone import Backbone
from search.embedding.head import Head
from search.embedding.model_files import CONFIG, HEAD
from search.embedding.model_folder import TunedConfig, write_config
from search.embedding.runtimes import RuntimeName
from tests.machine import HAS_VNNI

Cli = Callable[..., Result]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]

COUNT = 12
FILES = {
    "openvino": {"README.md", "config.json", "model.bin", "model.xml"},
    "onnx": {"README.md", "config.json", "model.onnx"},
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, make_shop: Callable[..., Path]) -> Path:
    """Twelve pictures in three categories."""
    return make_shop(tmp_path_factory.mktemp("shop"), COUNT)


@pytest.fixture(scope="module")
def tiny(tiny_model: str, networks: Path) -> str:
    """The tiny model, whose checkpoint comes with the networks."""
    return tiny_model


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "models" / "small"


def vectors(spec: object, catalog: Path, runtime: RuntimeName = "auto") -> Floats:
    pictures = [catalog.parent / f"images/{n}.png" for n in range(COUNT)]
    return load_embedder(str(spec), runtime).embed(pictures)


def likeness(out: Path, spec: object, catalog: Path) -> float:
    """The least cosine between the exported model's vectors and those of the reference."""
    exact = vectors(spec, catalog, "torch")
    return float((vectors(out, catalog) * exact).sum(axis=1).min())


def refused(result: Result, out: Path, *parts: str) -> None:
    """One sentence, exit code 1, and nothing beside the place that was named."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    for part in parts:
        assert part in line
    assert not out.exists()
    assert not list(out.parent.glob("*"))


@pytest.mark.parametrize(
    ("engine", "precision", "least"),
    [
        ("openvino", "float32", 0.99999),
        ("openvino", "bfloat16", 0.98),
        ("openvino", "int8", 0.95),
        ("onnx", "float32", 0.99999),
        ("onnx", "int8", 0.95),
    ],
)
def test_makes_a_folder_that_computes_what_the_model_does(
    cli: Cli, catalog: Path, out: Path, tiny: str, engine: str, precision: str, least: float
) -> None:
    if precision == "int8" and not HAS_VNNI:
        pytest.skip("needs a CPU with VNNI: without it int8 is less exact")
    options = ("--format", engine, "--precision", precision, "--max-loss", 1)
    result = cli("export", "--model", tiny, "--catalog", catalog, "--out", out, *options, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["of"], report["engine"], report["precision"]) == (tiny, engine, precision)
    assert report["measured"]["images"] == COUNT
    assert {path.name for path in out.iterdir()} == FILES[engine]
    assert list(out.parent.iterdir()) == [out]
    assert report["measured"]["cosine_worst"] >= least
    assert likeness(out, tiny, catalog) >= least - 1e-3
    if precision != "float32":
        assert report["bytes"] < report["bytes_before"]


def test_an_index_is_built_and_asked_with_the_folder(
    cli: Cli, catalog: Path, out: Path, tmp_path: Path, tiny: str
) -> None:
    result = cli("export", "--model", tiny, "--catalog", catalog, "--out", out, "--max-loss", 1)
    assert result.exit_code == 0, result.output
    assert f"{out}: {tiny} for openvino in bfloat16, " in result.stdout
    index = tmp_path / "index"
    assert cli("build", catalog, "--index", index, "--model", out).exit_code == 0
    picture = catalog.parent / "images/3.png"
    answer = json.loads(cli("similar", picture, "--index", index, "--json").stdout)
    assert answer["results"][0]["product_id"] == "p3"
    assert answer["results"][0]["score"] >= 0.999
    assert answer["index"]["model"] == f"{out}+plain"


def test_the_card_says_what_was_measured(cli: Cli, catalog: Path, out: Path, tiny: str) -> None:
    options = ("--model", tiny, "--catalog", catalog, "--out", out, "--max-loss", 1, "--json")
    measured = json.loads(cli("export", *options).stdout)["measured"]
    card = (out / "README.md").read_text()
    assert f"{measured['held_out']} of which were held out" in card
    assert f"{measured['cosine_mean']:.4f} on average, {measured['cosine_worst']:.4f} at" in card
    assert measured["labels"] == "category"
    assert f"Recall@1 by category: {measured['recall_before']:.1%} in float32" in card


def test_a_head_goes_along(cli: Cli, catalog: Path, out: Path, tmp_path: Path, tiny: str) -> None:
    tuned = tmp_path / "tuned"
    tuned.mkdir()
    projection = np.random.default_rng(0).normal(size=(256, 16)).astype(np.float32)
    Head("tuned", np.zeros(256, np.float32), projection).save(tuned / HEAD)
    write_config(tuned, TunedConfig(base=tiny, head_kind="tuned"))
    options = ("--precision", "float32", "--max-loss", 1)
    result = cli("export", "--model", tuned, "--catalog", catalog, "--out", out, *options)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == FILES["openvino"] | {HEAD}
    assert vectors(out, catalog).shape == (COUNT, 16)
    assert likeness(out, tuned, catalog) >= 0.999


def test_without_labels_the_cosine_decides_alone_and_that_is_said(
    cli: Cli, make_shop: Callable[..., Path], tmp_path: Path, out: Path, edit: Edit, tiny: str
) -> None:
    catalog = make_shop(tmp_path / "plain", 6)
    edit(catalog, lambda rows: [row.update(category="") for row in rows])
    options = ("--model", tiny, "--catalog", catalog, "--out", out)
    result = cli("export", *options, "--max-loss", 0)
    assert result.exit_code == 0, result.output
    assert "Recall@1 was not measured: the catalog has no labels" in result.stdout
    assert "Recall@1 was not measured" in (out / "README.md").read_text()


class TestRefusal:
    def test_of_a_damaged_network_leaves_nothing_behind(
        self, cli: Cli, catalog: Path, out: Path, tiny: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from indexer.exporting.networks import write_file

        def damaging(backbone: Backbone, *rest: Any) -> Path:
            import torch

            torch.manual_seed(1)
            network = backbone.network()  # the very one that is exported
            for part in network.parameters():
                torch.nn.init.normal_(part, std=0.5)
            return write_file(backbone, *rest)

        monkeypatch.setattr("indexer.exporting.model.write_file", damaging)
        result = cli("export", "--model", tiny, "--catalog", catalog, "--out", out)
        refused(
            result, out, f"'{tiny}' loses too much", "Recall@1 by category", "the mean cosine to"
        )

    @pytest.mark.parametrize(
        ("after", "cosine", "kept"),
        [
            (0.795, 0.99, True),
            (0.794, 0.9999, False),
            (0.9, 0.9899, False),
            (0.8, float("nan"), False),
        ],
    )
    def test_is_decided_by_recall_and_by_cosine(
        self,
        cli: Cli,
        catalog: Path,
        out: Path,
        tiny: str,
        monkeypatch: pytest.MonkeyPatch,
        after: float,
        cosine: float,
        kept: bool,
    ) -> None:
        measured = Measured(12, 3, "product", cosine, cosine, 0.8, after)
        monkeypatch.setattr("indexer.exporting.journey.make_and_measure", lambda *_: measured)
        result = cli("export", "--model", tiny, "--catalog", catalog, "--out", out)
        if kept:
            assert result.exit_code == 0, result.output
        else:
            recall = f"Recall@1 by product: 80.0% in float32, {after:.1%} as exported"
            refused(result, out, recall, "--max-loss allows 0.5% less", f"{cosine:.4f}")

    def test_of_a_folder_that_is_not_empty_keeps_it(
        self, cli: Cli, catalog: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "mine.txt").write_text("mine")
        result = cli("export", "--catalog", catalog, "--out", tmp_path)
        assert result.exit_code == 1
        assert f"'{tmp_path}' is not empty: name a new folder" in result.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

    def test_of_a_file_in_the_folders_place(self, cli: Cli, catalog: Path, tmp_path: Path) -> None:
        (tmp_path / "taken").touch()
        result = cli("export", "--catalog", catalog, "--out", tmp_path / "taken")
        assert result.exit_code == 1
        assert "there is a file where a folder is needed" in result.stderr

    def test_of_an_ensemble(self, cli: Cli, catalog: Path, out: Path, tiny: str) -> None:
        both = f"efficientnet_lite0+{tiny}"
        result = cli("export", "--model", both, "--catalog", catalog, "--out", out)
        refused(result, out, f"'{both}' is an ensemble: export each of its members")

    def test_of_what_is_exported_already(
        self, cli: Cli, catalog: Path, tmp_path: Path, tiny: str
    ) -> None:
        options = ("--catalog", catalog, "--max-loss", 1)
        assert cli("export", "--model", tiny, "--out", tmp_path / "a", *options).exit_code == 0
        out = tmp_path / "new" / "b"
        result = cli("export", "--model", tmp_path / "a", "--out", out, *options)
        refused(result, out, "is exported already: export the model that it was made from")

    def test_of_bfloat16_in_onnx_without_tensorrt(
        self, cli: Cli, catalog: Path, out: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
        options = ("--format", "onnx", "--precision", "bfloat16")
        result = cli("export", "--catalog", catalog, "--out", out, *options)
        refused(result, out, "bfloat16 only with TensorRT, which is not here", "--format openvino")

    @pytest.mark.parametrize(
        ("missing", "options"),
        [
            ("nncf", ("--precision", "int8")),
            ("onnxscript", ("--format", "onnx", "--precision", "float32")),
        ],
    )
    def test_without_a_package_says_how_to_get_it(
        self,
        cli: Cli,
        catalog: Path,
        out: Path,
        missing: str,
        options: tuple[str, ...],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(
            "indexer.exporting.options.find_spec",
            lambda name: None if name == missing else find_spec(name),
        )
        result = cli("export", "--catalog", catalog, "--out", out, *options)
        refused(result, out, f"needs {missing}: pip install 'lookalike[export]'")

    def test_of_a_model_that_is_none(self, cli: Cli, catalog: Path, out: Path) -> None:
        result = cli("export", "--model", "nonsense", "--catalog", catalog, "--out", out)
        refused(result, out, "'nonsense' is not a model specification")

    def test_of_a_catalog_that_is_not_there(self, cli: Cli, out: Path, tiny: str) -> None:
        result = cli("export", "--model", tiny, "--catalog", "gone.csv", "--out", out)
        refused(result, out, "gone.csv", "no such file")

    def test_of_a_catalog_without_a_usable_image(
        self, cli: Cli, shop: Path, out: Path, tiny: str
    ) -> None:
        for path in (shop.parent / "images").iterdir():
            path.write_bytes(b"")
        result = cli("export", "--model", tiny, "--catalog", shop, "--out", out)
        refused(result, out, "no usable image to measure with", "'indexer embed' says")

    def test_of_a_precision_that_is_none_is_wrong_usage(
        self, cli: Cli, catalog: Path, out: Path
    ) -> None:
        options = ("--precision", "int4")
        assert cli("export", "--catalog", catalog, "--out", out, *options).exit_code == 2

    def test_when_the_disk_is_full_leaves_nothing_behind(
        self, cli: Cli, catalog: Path, out: Path, tiny: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(folder: Path, fresh: Path) -> None:
            fresh.mkdir()
            (fresh / CONFIG).touch()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("shutil.copytree", full)
        options = ("--catalog", catalog, "--out", out, "--max-loss", 1)
        refused(cli("export", "--model", tiny, *options), out, "the disk is full")


class TestTrial:
    """Held-out images ask, all others answer."""

    def test_recall_counts_held_out_images_whose_nearest_other_has_their_label(self) -> None:
        labels = np.array([0, 0, 1, 1, -1])
        trial = Trial("category", labels, np.array([True, False, True, False, False]))
        angles = np.array([0.1, 0.0, 0.6, 1.5, 0.7])
        before = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        after = before.copy()
        after[2] = before[3]
        found = trial.measure(before, after)
        assert (found.images, found.held_out) == (5, 2)
        assert (found.recall_before, found.recall_after) == (0.5, 1.0)
        assert found.cosine_worst == pytest.approx(np.cos(0.9), abs=1e-4)
        assert found.cosine_mean == pytest.approx((1 + np.cos(0.9)) / 2, abs=1e-4)

    def test_products_are_the_labels_where_most_images_are_of_products_with_several(
        self, cli: Cli, make_shop: Callable[..., Path], tmp_path: Path, edit: Edit, tiny: str
    ) -> None:
        catalog = make_shop(tmp_path / "several", COUNT)

        def join(rows: list[dict[str, str]]) -> None:
            for at in range(4):
                rows[at]["image"] = "|".join(f"images/{n}.png" for n in range(at, COUNT, 4))
            del rows[4:]

        edit(catalog, join)
        options = ("--precision", "float32", "--max-loss", 1, "--json")
        result = cli(
            "export", "--model", tiny, "--catalog", catalog, "--out", tmp_path / "m", *options
        )
        assert json.loads(result.stdout)["measured"]["labels"] == "product"


def test_the_engine_named_in_a_config_is_the_one_that_runs(
    cli: Cli, catalog: Path, out: Path, tiny: str
) -> None:
    options = ("--format", "onnx", "--precision", "float32", "--max-loss", 1)
    assert (
        cli("export", "--model", tiny, "--catalog", catalog, "--out", out, *options).exit_code == 0
    )
    assert json.loads((out / CONFIG).read_text())["engine"] == "onnx"
    assert load_embedder(str(out)).runtime.name.startswith("onnx ")
