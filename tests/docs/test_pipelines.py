"""What docs/pipelines.md shows runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "pipelines.md").read_text(), re.DOTALL
)
ENGINES = {"ray", "pyspark"}
"""Theirs take long to start; ``tests/search/pipelines`` starts each once."""


def imported(example: str) -> set[str]:
    return set(re.findall(r"^(?:import|from) (\w+)", example, re.MULTILINE))


@pytest.mark.parametrize("example", [one for one in EXAMPLES if not ENGINES & imported(one)])
def test_the_example_runs_in_the_project(example: str) -> None:
    subprocess.run([sys.executable, "-c", example], cwd=ROOT, check=True)


def test_every_engine_has_an_example() -> None:
    assert set.union(*map(imported, EXAMPLES)) >= {"pyarrow", "pandas", *ENGINES}
