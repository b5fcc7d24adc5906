"""``GET /index`` says how well the version answers."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from indexer.evaluating.records import Metric
from indexer.grading.records import CategoryGrade, Grade
from search.versions import MANIFEST, IndexFolder

Served = Callable[[object], Any]


@pytest.fixture
def served(shop: Any, tmp_path: Path, opened: Callable[[TestClient], None]) -> Served:
    """What ``GET /index`` answers when the live version has found that out about itself."""

    def answer(self_grade: object) -> Any:
        index = tmp_path / "index"
        shutil.copytree(shop.index, index, symlinks=True)
        folder = IndexFolder(index)
        manifest = folder.folder(folder.require_live().version) / MANIFEST
        manifest.write_text(
            json.dumps(json.loads(manifest.read_text()) | {"self_grade": self_grade, "seal": None})
        )
        with TestClient(create_app(shop.settings(index))) as client:
            opened(client)
            return client.get("/index")

    return answer


def test_the_main_figures_are_those_that_the_build_found(served: Served, a_grade: Grade) -> None:
    found = served(asdict(a_grade)).json()["grade"]
    wanted = asdict(a_grade)
    for name in (
        "revision",
        "queries",
        "notes",
        "metrics",
        "twins",
        "exact",
        "attributes",
        "scores",
    ):
        assert found[name] == wanted[name], name
    for name in ("match", "prediction"):
        assert found[name] == wanted[name]
    assert set(found) == {*("revision", "queries", "notes", "metrics", "twins", "exact"),
                          *("match", "prediction", "attributes", "scores")}  # fmt: skip


def test_its_size_does_not_grow_with_the_categories(served: Served, a_grade: Grade) -> None:
    metrics: dict[str, Metric | None] = {"recall@1": Metric(0.5, 0.4, 0.6, 9)}
    many = [CategoryGrade(f"Kind {number}", metrics) for number in range(500)]
    assert "Kind" not in served(asdict(replace(a_grade, categories=many))).text


def test_what_was_not_measured_is_null(served: Served, a_grade: Grade) -> None:
    bare = asdict(a_grade) | {"metrics": {"recall@1": None}, "exact": None, "match": None,
                              "prediction": None, "attributes": []}  # fmt: skip
    found = served(bare).json()["grade"]
    assert found["metrics"] == {"recall@1": None}
    assert [found[name] for name in ("exact", "match", "prediction")] == [None] * 3


def test_a_version_of_an_earlier_release_has_none(served: Served) -> None:
    assert served(None).json()["grade"] is None


def test_something_else_is_damage_with_a_remedy(served: Served) -> None:
    answer = served({"metrics": 5})
    assert (answer.status_code, answer.json()["code"]) == (503, "index_damaged")
    assert "run 'indexer build'" in answer.json()["detail"]
