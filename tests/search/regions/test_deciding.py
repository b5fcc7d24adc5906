"""An object is searched only where a version says so, never once the picture itself is found."""

import pytest

from search.errors import IndexDamaged
from search.regions import SeenObject
from search.regions.deciding import Regions, department

FIRST = SeenObject((1, 2, 30, 40), 0.6)
SECOND = SeenObject((50, 2, 80, 40), 0.3)
STORED = {
    "seconds": 1.0,
    "departments": {
        "Fruit": {"photos": 50, "better": 9, "worse": 0, "searched": True},
        "Dairy": {"photos": 50, "better": 2, "worse": 3, "searched": False},
        "": {"photos": 50, "better": 9, "worse": 0, "searched": True},
    },
    "reason": "",
}


def test_the_strongest_object_is_searched_in_the_departments_that_gain_by_it() -> None:
    regions = Regions.read(STORED)
    assert regions.chosen([FIRST, SECOND], ("Fruit > Apple", 0.7)) == FIRST.box
    assert regions.chosen([FIRST], ("", 0.7)) == FIRST.box
    assert regions.chosen([FIRST], ("Dairy > Milk", 0.7)) is None
    assert regions.chosen([FIRST], ("Fruit juice", 0.7)) is None


def test_what_finds_itself_stays_whole() -> None:
    assert Regions.read(STORED).chosen([FIRST], ("Fruit", 0.9999)) is None


def test_without_an_object_or_a_result_the_whole_picture_is_searched() -> None:
    assert Regions.read(STORED).chosen([], ("Fruit", 0.7)) is None
    assert Regions.read(STORED).chosen([FIRST], None) is None


def test_a_version_of_an_earlier_release_searches_whole_pictures() -> None:
    assert Regions.read(None).chosen([FIRST], ("Fruit", 0.7)) is None


@pytest.mark.parametrize(
    "stored", [{}, {"departments": None}, {"departments": {"Fruit": {}}}, {"departments": {"F": 1}}]
)
def test_a_record_that_no_build_writes_is_damage(stored: dict[str, object]) -> None:
    with pytest.raises(IndexDamaged, match="run 'indexer build'"):
        Regions.read(stored)


def test_a_department_is_the_first_name_of_a_path() -> None:
    assert [department(one) for one in ("A > B > C", "A", "")] == ["A", "A", ""]
