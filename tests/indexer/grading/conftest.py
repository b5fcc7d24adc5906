"""An index that nobody can search, with a version that was graded."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from indexer.grading.reading import GradedVersion, read_grade
from indexer.grading.records import Grade
from search.versions import IndexFolder
from search.versions.manifest import Manifest


def a_manifest(version: int, self_grade: dict[str, Any] | None) -> Manifest:
    return Manifest(
        version=version, built_at="2026-01-02T03:04:05+00:00", spec="m", backbone="b", head="h",
        head_kind="tuned", products=81, images=2640, revision=15, image_root="/",
        self_grade=self_grade,
    )  # fmt: skip


@pytest.fixture(scope="session")
def manifest_of() -> Callable[[dict[str, Any] | None], Manifest]:
    """The manifest of version 4 with a grade as JSON."""
    return lambda self_grade: a_manifest(4, self_grade)


@pytest.fixture
def graded_index(tmp_path: Path, a_grade: Grade) -> Path:
    """Version 1 was not graded yet, version 2 is live."""
    folder = IndexFolder(tmp_path / "graded")
    for version, grade in ((1, None), (2, asdict(a_grade))):
        with folder.lock():
            folder.publish(a_manifest(version, grade), lambda _: None, lambda _: None)
    return folder.path


@pytest.fixture(scope="session")
def version_with() -> Callable[[Grade], GradedVersion]:
    def make(grade: Grade) -> GradedVersion:
        assert read_grade(a_manifest(4, asdict(grade))) == grade
        return GradedVersion(4, "m+tuned", "2026-01-02T03:04:05+00:00", 81, 2640, 15, grade)

    return make
