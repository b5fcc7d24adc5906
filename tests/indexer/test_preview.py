"""``--dry-run``: says what a build then does, and touches nothing."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer.build import BuildOptions, BuildReport
from indexer.preview import Difference, Examples, preview
from indexer.progress import Steps
from search.errors import CatalogFileError

Build = Callable[..., BuildReport]
Edit = Callable[[Path, Callable[[list[dict[str, str]]], Any]], Path]
Save = Callable[[Path, int], Path]


def look(shop: Path, index: Path, **options: Any) -> Difference:
    with Steps(Console(file=StringIO())) as steps:
        return preview(shop, index, BuildOptions(**options), steps)


def on_disk(folder: Path) -> dict[Path, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.parts)
    return {path: path.read_bytes() for path in files}


def test_without_an_index_everything_is_new_and_no_folder_is_made(
    shop: Path, tmp_path: Path
) -> None:
    found = look(shop, tmp_path / "none")
    assert (found.added, found.to_embed, found.rejected, found.refused) == (6, 6, 0, False)
    assert found.examples.added == tuple(f"p{number}" for number in range(6))
    assert not (tmp_path / "none").exists()


def test_of_an_unchanged_file_there_is_nothing_to_do(shop: Path, index: Path, build: Build) -> None:
    build(shop, index)
    nothing = Examples((), (), ())
    assert look(shop, index) == Difference(0, 0, 0, 6, 0, 0, 0, False, nothing)


def test_it_says_what_the_build_does_and_changes_nothing(
    shop: Path, index: Path, build: Build, edit: Edit, picture: Save
) -> None:
    (shop.parent / "images/5.png").write_bytes(b"no picture")
    build(shop, index)
    picture(shop.parent / "images/1.png", 91)
    picture(shop.parent / "images/6.png", 96)
    (shop.parent / "images/copy.png").write_bytes((shop.parent / "images/0.png").read_bytes())

    def change(rows: list[dict[str, str]]) -> None:
        rows[0].update(title="Other", image="images/copy.png")
        rows[3].update(price="cheap")
        rows.append({"product_id": "p6", "image": "images/6.png"})
        rows.append({"product_id": "p7", "image": "images/gone.png"})

    edit(shop, change)
    before = on_disk(index)
    found = look(shop, index)
    assert on_disk(index) == before
    report = build(shop, index)
    assert (found.added, found.changed, found.removed) == (2, 1, 1)
    assert (report.added, report.changed, report.removed) == (2, 1, 1)
    assert found.to_embed == report.embedded == 2
    assert found.rejected == report.rejected == 3
    assert found.examples == Examples(("p6", "p7"), ("p0",), ("p3",))


def test_it_says_when_the_build_would_be_refused(
    shop: Path, index: Path, build: Build, edit: Edit
) -> None:
    build(shop, index)
    edit(shop, lambda rows: (rows.pop(), rows.pop()))
    assert look(shop, index).refused
    assert not look(shop, index, allow_shrink=True).refused
    assert look(shop, index).examples.removed == ("p4", "p5")


def test_urls_without_features_are_counted_and_not_asked_for(
    shop: Path, index: Path, edit: Edit, site: Any
) -> None:
    edit(shop, lambda rows: rows[0].update(image=f"{site.url}/a.png|images/0.png"))
    found = look(shop, index, fetch_allow=("127.0.0.1",))
    assert (found.to_fetch, found.to_embed) == (1, 6)
    assert not site.asked


def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogFileError, match="there is no such file"):
        look(tmp_path / "none.csv", tmp_path / "index")
