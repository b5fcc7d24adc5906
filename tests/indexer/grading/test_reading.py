"""A grade comes out of a manifest as it went in, or the reason is said."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from indexer.grading.reading import read_grade
from indexer.grading.records import Grade, ScoreCounts
from search.errors import IndexDamaged
from search.versions.manifest import Manifest

Spoil = Callable[[dict[str, Any]], object]
ManifestOf = Callable[[dict[str, Any] | None], Manifest]


def through_json(grade: Grade) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(json.dumps(asdict(grade)))
    return fields


def test_what_a_build_writes_is_read_again(a_grade: Grade, manifest_of: ManifestOf) -> None:
    assert read_grade(manifest_of(through_json(a_grade))) == a_grade


def test_what_could_not_be_measured_stays_unmeasured(
    a_grade: Grade, manifest_of: ManifestOf
) -> None:
    bare = replace(
        a_grade, metrics={"recall@1": None}, twins={}, categories=[], exact=None, match=None,
        prediction=None, attributes=[], scores=ScoreCounts([0.0, 1.0], [0], [0], [0]),
    )  # fmt: skip
    assert read_grade(manifest_of(through_json(bare))) == bare


def test_versions_of_earlier_releases_have_none(manifest_of: ManifestOf) -> None:
    assert read_grade(manifest_of(None)) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda fields: fields.clear(),
        lambda fields: fields.pop("scores"),
        lambda fields: fields.update(revision="new"),
        lambda fields: fields.update(metrics=[0.5]),
        lambda fields: fields["metrics"].update(map=0.5),
        lambda fields: fields["metrics"]["map"].update(value=float("nan")),
        lambda fields: fields["match"]["reliability"]["bins"].append({"p": 0.5}),
        lambda fields: fields["scores"]["right"].append(1),
    ],
)
def test_anything_else_is_damage(a_grade: Grade, manifest_of: ManifestOf, spoil: Spoil) -> None:
    fields = through_json(a_grade)
    spoil(fields)
    with pytest.raises(IndexDamaged, match=r"The grade of version 4 .* run 'indexer build'"):
        read_grade(manifest_of(fields))
