"""Files of photos: what is read from them, and what is turned away."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.photos import Photo, read_photos
from search.catalog.records import Reject
from search.errors import CatalogFileError

Rows = Callable[[Path, list[dict[str, Any]]], Path]


def test_photos_come_from_any_catalog_format_with_or_without_what_they_show(
    tmp_path: Path, write_rows: Rows
) -> None:
    rows = [
        {"image": "a.jpg|https://shop.example/b.jpg", "product_id": "p", "category": "A>B"},
        {"image": "c.jpg", "product_id": "", "category": ""},
    ]
    expected = [
        Photo(str(tmp_path / "a.jpg"), "p", "A > B"),
        Photo("https://shop.example/b.jpg", "p", "A > B"),
        Photo(str(tmp_path / "c.jpg"), "", ""),
    ]
    assert list(read_photos(write_rows(tmp_path / "q.csv", rows))) == expected
    (tmp_path / "q.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert list(read_photos(tmp_path / "q.jsonl")) == expected
    only = write_rows(tmp_path / "only.csv", [{"Image": "a.jpg"}])
    assert list(read_photos(only)) == [Photo(str(tmp_path / "a.jpg"), "", "")]


def test_a_row_that_cannot_be_used_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"image": 3}\n{"photo": "a.jpg"}\n{\n{"image": "b.jpg"}\n')
    number, missing, broken, photo = read_photos(path)
    assert isinstance(number, Reject)
    assert isinstance(missing, Reject)
    assert isinstance(broken, Reject)
    assert (missing.row, missing.reason) == (2, "there is no image")
    assert photo == Photo(str(tmp_path / "b.jpg"), "", "")


@pytest.mark.parametrize(
    ("letter", "reason"), [(r"\ud800", "half of a surrogate pair"), (r"\u0000", "a NUL character")]
)
def test_a_name_that_no_answer_can_hold_is_rejected(
    tmp_path: Path, letter: str, reason: str
) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"image": "a{letter}.jpg"}}\n{{"image": "b.jpg"}}\n')
    named, photo = read_photos(path)
    assert isinstance(named, Reject)
    assert named.reason.startswith(f"the image holds {reason}")
    assert isinstance(photo, Photo)


def test_photos_in_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("a.jpg")
    with pytest.raises(CatalogFileError, match="no catalog format"):
        list(read_photos(tmp_path / "q.txt"))
