"""The wheel: what it holds, and that a stranger can install and use it anywhere."""

import csv
import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "-w",
        folder,
        ROOT,
    ]
    subprocess.run(command, check=True)
    (found,) = folder.glob("*.whl")
    return found


def test_holds_just_the_three_packages_with_types_and_migrations(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert {name.split("/")[0] for name in names} == {"search", "indexer", "api", info}
    assert {f"{package}/py.typed" for package in ("search", "indexer", "api")} <= names
    assert "search/catalog/migrations/env.py" in names
    assert "search/catalog/migrations/versions/0001_catalog.py" in names
    assert not {name for name in names if "__pycache__" in name}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``indexer`` command of a fresh environment."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    command: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    command += ["-c", ROOT / "constraints.txt", f"{wheel}[cpu]"]
    subprocess.run(command, check=True, cwd=folder)
    return folder / "bin" / "indexer"


def test_a_fresh_environment_builds_and_answers_elsewhere_with_an_empty_environment(
    installed: Path, tmp_path: Path, draw: Callable[..., Image.Image]
) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [installed, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    with (tmp_path / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "image"])
        for number in range(3):
            draw(number).save(tmp_path / f"{number}.jpg")
            writer.writerow([f"p{number}", f"{number}.jpg"])

    assert "build" in run("--help")
    report = json.loads(run("build", "catalog.csv", "--json"))
    assert (report["products"], report["embedded"]) == (3, 3)
    answer = json.loads(run("similar", "1.jpg", "--json"))
    assert answer["results"][0]["product_id"] == "p1"
    assert answer["results"][0]["score"] >= 0.999
    assert not (tmp_path / "intel").exists(), "an identity for reports of use"
