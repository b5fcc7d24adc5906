"""``indexer tune``: a new head for an index, and a model folder for others."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import Result

from indexer.build import BuildReport
from indexer.tuning import tuning
from indexer.tuning.records import Tuning, TuningReport
from search import SearchEngine, load_embedder
from search.embedding import Embedder
from search.embedding.head import Head
from search.errors import ModelError
from search.versions import PROTOTYPES, IndexFolder

Cli = Callable[..., Result]
Build = Callable[..., BuildReport]


def made_up(kind: str = "tuned", seed: int = 0) -> Tuning:
    random = np.random.default_rng(seed)
    projection = random.normal(size=(1280, 32)).astype(np.float32)
    head = Head(kind, np.zeros(1280, np.float32), projection)
    return Tuning(head, TuningReport((), "made up", 6, 0, 0.1, "It was made up."))


@pytest.fixture
def built(shop: Path, index: Path, build: Build) -> IndexFolder:
    build(shop, index)
    return IndexFolder(index)


@pytest.fixture
def wins(monkeypatch: pytest.MonkeyPatch) -> Tuning:
    """What tuning finds from now on, whatever the catalog."""
    found = made_up()
    monkeypatch.setattr(tuning, "choose_head", lambda *_: found)
    return found


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(_: Embedder) -> None:
        raise AssertionError("tuning started the network")

    monkeypatch.setattr(Embedder, "start", started)
    monkeypatch.setattr(Embedder, "features", started)


def test_the_same_head_publishes_nothing(cli: Cli, built: IndexFolder) -> None:
    report = json.loads(cli("tune", "--index", built.path, "--json").stdout)
    assert (report["version"], report["published"]) == (1, False)
    assert built.require_live().version == 1


def test_another_head_is_published_once(
    cli: Cli, built: IndexFolder, wins: Tuning, no_network: None
) -> None:
    for published in (True, False):
        report = json.loads(cli("tune", "--index", built.path, "--json").stdout)
        assert (report["version"], report["published"]) == (2, published)
    live = built.require_live()
    assert (live.head, live.head_kind) == (wins.head.fingerprint, "tuned")
    assert live.tuning is not None
    assert live.tuning["reason"] == "It was made up."
    assert {one.version for one in built.manifests()} == {1, 2}


def test_what_was_tuned_answers_and_stays_in_the_next_build(
    cli: Cli, built: IndexFolder, wins: Tuning, shop: Path, build: Build
) -> None:
    cli("tune", "--index", built.path)
    report = build(shop, built.path)
    assert (report.version, report.tuning) == (2, None)
    with closing(SearchEngine.open(built.path)) as engine:
        first = engine.similar(shop.parent / "images/4.png", k=1).results[0]
    assert first.product_id == "p4"
    assert first.score >= 0.999


def test_it_is_said_what_was_tried_and_what_came_of_it(
    cli: Cli, built: IndexFolder, wins: Tuning
) -> None:
    lines = cli("tune", "--index", built.path).stdout.splitlines()
    assert lines == [
        "Head: made up. It was made up.",
        f"Version 2 in '{built.path}' is new and live",
    ]


def test_a_build_says_which_head_it_took(shop: Path, index: Path, cli: Cli) -> None:
    assert "Head: plain. Too few images" in cli("build", shop, "--index", index).stdout
    assert "Head:" not in cli("build", shop, "--index", index).stdout, "it was kept"


def test_without_an_index_there_is_nothing_to_tune(cli: Cli, tmp_path: Path) -> None:
    result = cli("tune", "--index", tmp_path)
    assert result.exit_code == 1
    assert "no index" in result.stderr


class TestFolder:
    @pytest.fixture
    def model(self, cli: Cli, built: IndexFolder, tmp_path: Path, wins: Tuning) -> Path:
        folder = tmp_path / "models/shop"
        result = cli("tune", "--index", built.path, "--out", folder)
        assert result.exit_code == 0, result.output
        assert wins.report.reason in result.stdout
        assert f"--model {folder}" in result.stdout
        return folder

    def test_is_a_model_with_its_head_and_a_card(self, model: Path, wins: Tuning) -> None:
        embedder = load_embedder(str(model))
        assert embedder.head.fingerprint == wins.head.fingerprint
        assert embedder.backbone.fingerprint == load_embedder().backbone.fingerprint
        assert "efficientnet_lite0" in (model / "README.md").read_text()

    def test_its_head_is_used_where_nothing_can_be_measured_and_features_are_reused(
        self, model: Path, built: IndexFolder, wins: Tuning, shop: Path, build: Build
    ) -> None:
        built.rollback(1)
        report = build(shop, built.path, model=str(model))
        assert (report.embedded, report.reused) == (0, 6)
        live = built.require_live()
        assert (live.version, live.head) == (3, wins.head.fingerprint)
        assert live.spec == str(model)
        assert build(shop, built.path).version == 3, "the live version's model is the default"

    def test_another_head_in_it_is_noticed(
        self, model: Path, index: Path, shop: Path, build: Build
    ) -> None:
        build(shop, index, model=str(model))
        made_up(seed=1).head.save(model / "head.safetensors")
        version = IndexFolder(index).require_live().version
        assert build(shop, index).version == version + 1

    def test_of_a_tuned_model_names_the_network_below(
        self, model: Path, built: IndexFolder, shop: Path, build: Build, cli: Cli, tmp_path: Path
    ) -> None:
        build(shop, built.path, model=str(model))
        cli("tune", "--index", built.path, "--out", tmp_path / "again")
        shutil.rmtree(model)
        assert load_embedder(str(tmp_path / "again")).head.kind == "tuned"

    def test_that_is_gone_is_named_in_a_sentence(
        self, model: Path, built: IndexFolder, shop: Path, build: Build
    ) -> None:
        build(shop, built.path, model=str(model))
        shutil.rmtree(model)
        with pytest.raises(ModelError, match=r"model folder .* is gone"):
            SearchEngine.open(built.path)


def test_a_plain_head_is_written_too(cli: Cli, built: IndexFolder, tmp_path: Path) -> None:
    cli("tune", "--index", built.path, "--out", tmp_path / "model")
    assert load_embedder(str(tmp_path / "model")).head.kind == "plain"


def test_a_version_without_prototypes_opens(built: IndexFolder, shop: Path) -> None:
    live = built.require_live()
    folder = built.folder(live.version)
    (folder / PROTOTYPES).unlink()
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = [one for one in manifest["files"] if one["name"] != PROTOTYPES]
    for name in ("tuning", "model_head", "self_grade", "calibration", "reference", "seal"):
        del manifest[name]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with closing(SearchEngine.open(built.path)) as engine:
        assert engine.similar(shop.parent / "images/4.png").categories[0].path == "Things > Kind 1"
