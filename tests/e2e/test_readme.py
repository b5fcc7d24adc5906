"""Every command and every example of the README does what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent
SERVED = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [
    line for block in blocks("sh") for line in block.replace("\\\n", "").strip().splitlines()
]
IN_WORKSPACE = [line for line in COMMANDS if line.startswith("indexer") and "serve" not in line]
CURLS = [line for line in COMMANDS if line.startswith("curl")]
SEARCHES = [line for line in CURLS if "similar" in line]
CHANGES = [line for line in CURLS if line not in SEARCHES]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    """A merchant's folder: catalog.csv with its pictures, built twice, and photo.jpg."""
    folder = tmp_path_factory.mktemp("merchant")
    shutil.copytree(ROOT / "data" / "sample", folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "data" / "sample" / "queries" / "chair-02.jpg", folder / "photo.jpg")
    (folder / "index").mkdir()
    (folder / "index" / "cache").symlink_to(converted)
    rows = (folder / "catalog.csv").read_text().splitlines(keepends=True)
    (folder / "shorter.csv").write_text("".join(rows[:-1]))
    for name in ("photos.csv", "products.csv"):
        shutil.copy(folder / "catalog.csv", folder / name)
    run("indexer build shorter.csv", folder)
    run("indexer build catalog.csv", folder)
    return folder


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    """Where `indexer serve` serves the workspace's index."""
    command = [str(BIN / "indexer"), "serve", "--port", "0"]
    with subprocess.Popen(
        command, cwd=workspace, stdout=subprocess.PIPE, text=True, env=environment()
    ) as server:
        assert server.stdout is not None
        found = re.search(r"http://[\d.:]+", server.stdout.readline())
        assert found is not None
        subprocess.run(
            ["curl", "-fsS", "--retry", "60", "--retry-all-errors", f"{found[0]}/readyz"],
            check=True,
            capture_output=True,
        )
        yield found[0]
        server.terminate()


def environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def keys(example: object, found: object, path: str = "$") -> Iterator[str]:
    """The paths of an example that the real thing does not have."""
    if isinstance(example, dict) and isinstance(found, dict):
        for name, value in example.items():
            if name not in found:
                yield f"{path}.{name}"
            else:
                yield from keys(value, found[name], f"{path}.{name}")
    elif isinstance(example, list) and isinstance(found, list) and example:
        yield from keys(example[0], found[0], f"{path}[0]")


def test_make_demo_ends_with_a_table_of_similar_products() -> None:
    assert "make demo" in COMMANDS
    shown = run("make demo SERVE=0", ROOT)
    assert "  category  Home > Furniture > Chairs (" in shown
    assert re.search(r"^1 +0\.\d+ +(same|similar|none) +<?\d+% +chair-02 ", shown, re.MULTILINE)


def test_make_test_is_a_target() -> None:
    assert "make test" in COMMANDS
    assert "pytest" in run("make -n test", ROOT)


def test_every_command_is_covered_here() -> None:
    others = set(COMMANDS) - set(IN_WORKSPACE) - set(CURLS)
    assert others == {"make demo", "make test", "indexer serve", "indexer serve --workers 2"}


@pytest.mark.parametrize("command", IN_WORKSPACE)
def test_the_command_works_in_a_merchants_folder(workspace: Path, command: str) -> None:
    quick = command.replace("indexer train", "indexer train --epochs 1 --size 96")
    assert run(quick, workspace).strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl (Debian package curl)")
@pytest.mark.parametrize("command", SEARCHES)
def test_the_request_is_answered_with_products(workspace: Path, address: str, command: str) -> None:
    answer = json.loads(run(command.replace(SERVED, address), workspace))
    assert answer["results"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl (Debian package curl)")
def test_the_changes_work_one_after_another(workspace: Path, address: str) -> None:
    for command in CHANGES:
        local = command.replace("https://shop.example/mug-98.jpg", "photo.jpg")
        run(local.replace("curl ", "curl -fsS ").replace(SERVED, address), workspace)
    assert len(CHANGES) == 4


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl (Debian package curl)")
def test_the_example_answer_has_no_field_that_a_real_one_lacks(
    workspace: Path, address: str
) -> None:
    example = json.loads(blocks("json")[0])
    answer = json.loads(run(CURLS[0].replace(SERVED, address), workspace))
    assert not list(keys(example, answer))


@pytest.mark.parametrize("example", blocks("python"))
def test_the_python_example_runs(workspace: Path, example: str) -> None:
    if "features.parquet" in example:
        run("indexer embed catalog.csv -o features.parquet", workspace)
    subprocess.run([sys.executable, "-c", example], cwd=workspace, check=True)
