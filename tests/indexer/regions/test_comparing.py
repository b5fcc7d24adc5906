"""Objects are searched only where they find more than chance would."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from indexer.grading.asking import Asked, Found, Source
from indexer.regions.comparing import Department, RegionsReport, by_chance, compare
from indexer.regions.cutting import Parts
from indexer.regions.wording import read_regions, summary
from indexer.tuning.labels import Row
from search.catalog.records import Product
from search.errors import IndexDamaged
from search.regions import SeenObject
from search.regions.deciding import Regions
from search.versions.manifest import Manifest


def product(name: str, category: str) -> Product:
    return Product(name, "", "", category, "", None, "", None, "", {})


def asked(number: int, source: Source, category: str, *, is_right: bool) -> Asked:
    row = Row(number, 0, f"p{number}", f"{number}", category, "", {})
    first = product(f"p{number}" if is_right else "other", category)
    return Asked(row, "product", np.zeros((1, 2), np.float32), [Found(first, 0.8)], 0, source)


def both_ways(category: str, better: int, worse: int, same: int, start: int) -> list[list[Asked]]:
    """Pictures as whole ones and as parts, of which so many find their product one way only."""
    rights = [(False, True)] * better + [(True, False)] * worse + [(True, True)] * same
    sources: list[Source] = ["series", "part"]
    return [
        [
            asked(start + at, source, category, is_right=right[way])
            for at, right in enumerate(rights)
        ]
        for way, source in enumerate(sources)
    ]


def report() -> RegionsReport:
    fruit = both_ways("Fruit > Apple", 12, 1, 20, 0)
    dairy = both_ways("Dairy > Milk", 3, 2, 20, 100)
    return compare(Parts([], 1.23456), fruit[0] + dairy[0], fruit[1] + dairy[1])


def test_what_only_one_way_finds_decides_in_each_department() -> None:
    assert report() == RegionsReport(
        1.23,
        {"Dairy": Department(25, 3, 2, False), "Fruit": Department(33, 12, 1, True)},
    )


def test_the_library_reads_what_is_decided() -> None:
    regions = Regions.read(asdict(report()))
    thing = SeenObject((0, 0, 9, 9), 0.5)
    assert regions.chosen([thing], ("Fruit > Pear", 0.5)) == thing.box
    assert regions.chosen([thing], ("Dairy", 0.5)) is None


def test_a_part_without_its_whole_says_nothing() -> None:
    whole, parts = both_ways("Fruit", 12, 0, 0, 0)
    assert compare(Parts([], 0.0), whole[:3], parts).departments["Fruit"].photos == 3


@pytest.mark.parametrize(
    ("better", "worse", "chance"),
    [(0, 0, 1.0), (1, 0, 0.5), (3, 0, 0.125), (2, 2, 11 / 16), (0, 5, 1.0)],
)
def test_chance_is_that_of_a_fair_coin(better: int, worse: int, chance: float) -> None:
    assert by_chance(better, worse) == pytest.approx(chance)


def manifest(regions: dict[str, Any] | None) -> Manifest:
    return Manifest(
        version=4, built_at="2026-01-02T03:04:05+00:00", spec="m", backbone="b", head="h",
        head_kind="tuned", products=81, images=2640, revision=15, image_root="/", regions=regions,
    )  # fmt: skip


def test_what_a_build_writes_is_read_again_and_told_in_one_line() -> None:
    found = read_regions(manifest(asdict(report())))
    assert found == report()
    assert summary(found) == (
        "In Fruit the strongest object is searched, elsewhere the whole: of 58 held-out photos "
        "their strongest object alone found 15 more and 3 fewer."
    )


def test_where_nothing_was_decided_the_reason_is_told() -> None:
    nothing = compare(Parts([], 0.0, "there are too few pictures to hold out"), [], [])
    assert summary(nothing) == (
        "Whole pictures are searched: there are too few pictures to hold out."
    )
    assert read_regions(manifest(None)) is None
    assert "earlier release" in summary(None)


def test_anything_else_is_damage() -> None:
    with pytest.raises(IndexDamaged, match=r"What version 4 says of regions .* 'indexer build'"):
        read_regions(manifest({"departments": 3}))
