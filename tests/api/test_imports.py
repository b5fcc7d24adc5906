"""A start imports only what it needs to answer: the rest would be waited for every time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = {
    "alembic", "cv2", "httpx", "jinja2", "lightning", "matplotlib", "nncf", "onnx", "onnxruntime",
    "open_clip", "pandas", "pyarrow", "pytorch_metric_learning", "scipy", "sklearn", "timm",
    "torch", "torchvision", "transformers", "huggingface_hub",
    "indexer.build", "indexer.comparing", "indexer.evaluating", "indexer.grading",
    "indexer.tuning", "search.embedding.model_folder", "sqlalchemy.dialects.postgresql",
}  # fmt: skip

ANSWERED = """
import json, sys
from pathlib import Path
import api.app
from search import SearchEngine
engine = SearchEngine.open(sys.argv[1], with_model=True)
engine.similar(product_id="p5", filter=["price:1.."], facets=["color"])
engine.similar(Path(sys.argv[2]).read_bytes())
engine.close()
print(json.dumps(list(sys.modules)))
"""


def loaded(code: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_a_server_answers_without_what_only_building_needs(shop: Any) -> None:
    there = loaded(ANSWERED, str(shop.index), str(shop.photos / "p5-a.png"))
    assert "openvino" in there
    assert there & HEAVY == set()


@pytest.mark.parametrize("command", ["indexer.cli", "indexer.serving", "indexer.tables.answers"])
def test_the_command_line_waits_for_no_other_command(command: str) -> None:
    there = loaded(f"import json, sys, {command}; print(json.dumps(list(sys.modules)))")
    assert there & (HEAVY | {"openvino", "faiss", "fastapi"}) == set()


def test_the_list_names_modules_that_there_are() -> None:
    """Else a module that was renamed would be allowed."""
    import search

    root = Path(search.__file__).parent.parent
    own = {name for name in HEAVY if name.startswith(("indexer.", "search."))}
    places = {name: root.joinpath(*name.split(".")) for name in own}
    assert all(one.is_dir() or one.with_suffix(".py").is_file() for one in places.values())
