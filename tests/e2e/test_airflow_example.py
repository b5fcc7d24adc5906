"""The example of an Airflow DAG runs without Airflow, from a catalog to an index that answers."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from search import SearchEngine

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "airflow_catalog.py"
SAMPLE = ROOT / "data" / "sample"


@pytest.fixture
def place(tmp_path: Path, converted: Path) -> Path:
    staging = tmp_path / "indexes" / "staging"
    staging.mkdir(parents=True)
    (staging / "cache").symlink_to(converted)
    return staging.parent


def run(place: Path, bar: str) -> int:
    settings = {
        "SHOP_CATALOG": SAMPLE / "catalog.csv",
        "SHOP_PHOTOS": SAMPLE / "queries.csv",
        "SHOP_INDEXES": place,
        "SHOP_BAR": bar,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment = os.environ | {name: str(value) for name, value in settings.items()}
    return subprocess.run([sys.executable, EXAMPLE], env=environment, check=False).returncode


def test_a_release_is_published_only_if_it_is_good_enough(place: Path) -> None:
    assert run(place, "recall@1>=1.0") != 0
    assert not (place / "current").exists()
    assert run(place, "recall@1>=0.1") == 0
    with closing(SearchEngine.open(place / "current")) as engine:
        answer = engine.similar(SAMPLE / "queries" / "chair-02.jpg", k=3)
        assert len(answer.results) == 3
    assert run(place, "recall@1>=0.1") == 0, "nothing is to be done"
    assert [one.name for one in (place / "releases").iterdir()] == ["000001"]
