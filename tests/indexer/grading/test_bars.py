"""``indexer build --require``: what misses a bar is not made live."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import Result

from indexer.grading.bars import insist_on
from indexer.grading.records import Grade
from indexer.requirements import parse_requirement
from search import SearchEngine
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.catalog.tables import versions
from search.errors import GradeRefused
from search.versions import MANIFEST, IndexFolder
from search.versions.manifest import Manifest

Cli = Callable[..., Result]
Draw = Callable[..., Any]
ManifestOf = Callable[[dict[str, Any] | None], Manifest]

IMPOSSIBLE = "recall@1>1"


def give_grade(folder: IndexFolder, grade: Grade | None) -> None:
    """Let the live version have found this out."""
    live = replace(folder.require_live(), self_grade=asdict(grade) if grade else None)
    (folder.folder(live.version) / MANIFEST).write_text(live.as_json())


def recorded(index: Path) -> int:
    """How many versions the catalog has a record of."""
    catalog = Catalog.open(sqlite_url(index / "catalog.sqlite"))
    with catalog.engine.connect() as connection:
        count = connection.scalar(select(func.count()).select_from(versions)) or 0
    catalog.close()
    return int(count)


def test_what_is_measured_is_held_against_each_bar(a_grade: Grade, manifest_of: ManifestOf) -> None:
    made = manifest_of(asdict(a_grade))
    insist_on(made, [parse_requirement("recall@1>=0.7"), parse_requirement("map<0.6")], None)
    with pytest.raises(GradeRefused) as refused:
        bars = ("recall@1>=0.7", "recall@10>=0.95", "category@3>=0.1")
        insist_on(made, [parse_requirement(bar) for bar in bars], None)
    assert str(refused.value) == (
        "recall@10>=0.95 is missed: it is 0.911. category@3>=0.1 is missed: no photo measures it. "
        "Nothing was published."
    )


def test_what_was_not_measured_meets_no_bar(a_grade: Grade, manifest_of: ManifestOf) -> None:
    bar = parse_requirement("recall@1>=0")
    nothing = replace(a_grade, metrics={"recall@1": None})
    for made in (manifest_of(asdict(nothing)), manifest_of(None)):
        with pytest.raises(GradeRefused, match="no photo measures it"):
            insist_on(made, [bar], None)
        insist_on(made, [], None)


def test_a_first_build_that_misses_publishes_nothing_and_keeps_what_it_embedded(
    cli: Cli, shop: Path, index: Path
) -> None:
    result = cli("build", shop, "--index", index, "--require", IMPOSSIBLE, "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("recall@1>1.0 is missed: ")
    assert line.endswith(" Nothing was published.")
    folder = IndexFolder(index)
    assert (folder.live(), folder.manifests(), recorded(index)) == (None, [], 0)
    report = json.loads(cli("build", shop, "--index", index, "--json").stdout)
    assert (report["version"], report["embedded"], report["images"]) == (1, 0, 6)


def test_a_version_that_misses_leaves_the_old_one_live(
    cli: Cli, shop: Path, index: Path, draw: Draw
) -> None:
    assert cli("build", shop, "--index", index).exit_code == 0
    before = IndexFolder(index).require_live()
    draw(77, 64, 64).save(shop.parent / "images/0.png")
    for _ in range(2):
        result = cli("build", shop, "--index", index, "--require", IMPOSSIBLE)
        assert result.exit_code == 3
        assert "Nothing was published: version 1 stays live." in result.stderr
        assert IndexFolder(index).require_live() == before
        assert [one.version for one in IndexFolder(index).manifests()] == [1]
        assert recorded(index) == 1
    engine = SearchEngine.open(index)
    answer = engine.similar(shop.parent / "images/0.png", k=1)
    engine.close()
    assert answer.index.version == 1
    assert answer.results[0].product_id == "p0"
    assert answer.results[0].score >= 0.999, "the catalog's change shows under the old version"
    report = json.loads(cli("build", shop, "--index", index, "--json").stdout)
    assert (report["version"], report["embedded"]) == (2, 0)


def test_a_version_that_clears_its_bars_is_live(cli: Cli, shop: Path, index: Path) -> None:
    result = cli("build", shop, "--index", index, "--require", "recall@1>=0", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["grade"]["recall@1"]["photos"] > 0
    assert IndexFolder(index).require_live().version == 1


def test_a_version_of_an_earlier_release_is_built_again_to_be_graded(
    cli: Cli, shop: Path, index: Path
) -> None:
    cli("build", shop, "--index", index)
    give_grade(IndexFolder(index), None)
    assert cli("report", "--index", index).exit_code == 1
    report = json.loads(cli("build", shop, "--index", index, "--json").stdout)
    assert (report["version"], report["embedded"]) == (2, 0)
    assert cli("report", "--index", index).exit_code == 0


def test_a_build_with_nothing_to_change_holds_the_live_version_against_the_bars(
    cli: Cli, shop: Path, index: Path, a_grade: Grade
) -> None:
    cli("build", shop, "--index", index)
    give_grade(IndexFolder(index), a_grade)
    met = cli("build", shop, "--index", index, "--require", "recall@1>=0.7", "--json")
    report = json.loads(met.stdout)
    assert (met.exit_code, report["version"]) == (0, 1)
    assert report["grade"] == asdict(a_grade)["metrics"]
    missed = cli("build", shop, "--index", index, "--require", "recall@1>=0.71")
    assert missed.exit_code == 3
    assert missed.stderr == (
        "recall@1>=0.71 is missed: it is 0.706. Nothing was published: version 1 stays live.\n"
    )
    assert IndexFolder(index).require_live().version == 1


def test_a_build_ends_with_the_headline_of_the_grade(
    cli: Cli, shop: Path, index: Path, a_grade: Grade
) -> None:
    cli("build", shop, "--index", index)
    give_grade(IndexFolder(index), a_grade)
    assert cli("build", shop, "--index", index).stdout.splitlines()[-1] == (
        "  Grade: Recall@1 70.6% (67.6% – 73.6%), category 85.5% (82.5% – 88.5%): "
        f"'indexer report --index {index}' shows more"
    )
    give_grade(IndexFolder(index), replace(a_grade, metrics={"recall@1": None}))
    last = cli("build", shop, "--index", index).stdout.splitlines()[-1]
    assert last.startswith("  Grade: nothing could be measured: 'indexer report")


@pytest.mark.parametrize(
    "wrong", [["recall@2>=0.5"], ["recall@1>=0.5", "--dry-run"], ["f1>=0.5"], ["precision<0.1"]]
)
def test_a_bar_that_cannot_be_checked_is_wrong_usage(
    cli: Cli, shop: Path, index: Path, wrong: list[str]
) -> None:
    result = cli("build", shop, "--index", index, "--require", *wrong)
    assert result.exit_code == 2
    assert "--require" in result.stderr
    assert not (index / "catalog.sqlite").exists()
