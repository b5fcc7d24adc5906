"""An index that nobody can search, with a version that was graded, and made-up catalogs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from indexer.grading.reading import GradedVersion, read_grade
from indexer.grading.records import Grade
from indexer.tuning.records import Tuning, TuningReport
from indexer.tuning.sampling import Sample, read_sample
from indexer.workbench import Workbench
from search.embedding.head import Head
from search.versions import IndexFolder
from search.versions.manifest import Manifest
from tests.indexer.tuning.conftest import Photo, bench_of

__all__ = ["bench_of"]  # a fixture of the neighbouring room


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


UNTUNED = Tuning(Head(), TuningReport((), "plain", 0, 0, 0.0, "Nothing was measured."))


def sample_of(bench: Workbench) -> Sample:
    """All that a bench's catalog holds."""
    return read_sample(bench.catalog.engine, bench.store, 1)


def copied(photos: Sequence[Photo], *places: int) -> list[Photo]:
    """With the bytes and the features of the photos at these places once more, at the end."""
    told = [replace(one, content=one.content or f"{at:064d}") for at, one in enumerate(photos)]
    return [*told, *(told[at] for at in places)]
