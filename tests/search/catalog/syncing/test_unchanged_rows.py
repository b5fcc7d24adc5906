"""Rows that are as they were are not parsed, and nobody can tell that they were not."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from search.catalog.catalog import Catalog
from search.catalog.records import Reading, Reject
from search.catalog.rows.layout import Layout, RawRow, Record
from search.catalog.syncing import sync
from search.catalog.syncing.comparing import Changes
from search.catalog.tables import images, products

NewCatalog = Callable[[], Catalog]
Cells = dict[str, str]

COLUMNS = ("product_id", "image", "title", "price", "colour")


def raw(rows: Sequence[Cells], columns: Sequence[str] = COLUMNS) -> list[RawRow]:
    """A file's rows from line 2 on."""
    layout = Layout(tuple(columns), "/shop")
    return [
        RawRow(Record(number, tuple(columns), [row.get(name, "") for name in columns]), layout)
        for number, row in enumerate(rows, start=2)
    ]


def apply(catalog: Catalog, rows: Sequence[RawRow]) -> tuple[Changes, list[Reject]]:
    rejects: list[Reject] = []
    return sync(catalog.engine, rows, rejects.append, allow_shrink=True), rejects


def contents(catalog: Catalog) -> list[Any]:
    """Every product and image, but for the digests of rows."""
    own = [column for column in products.c if column.name != "row_digest"]
    with catalog.engine.connect() as connection:
        return [
            connection.execute(select(*own).order_by(products.c.product_id)).all(),
            connection.execute(select(images).order_by(images.c.image_id)).all(),
        ]


def forget_digests(catalog: Catalog) -> None:
    with catalog.engine.begin() as connection:
        connection.execute(update(products).values(row_digest=None))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rows that were parsed, as they are."""
    numbers: list[int] = []
    read = Layout.read

    def noting(layout: Layout, record: Record) -> Any:
        numbers.append(record.row)
        return read(layout, record)

    monkeypatch.setattr(Layout, "read", noting)
    return numbers


@st.composite
def files(draw: st.DrawFn) -> tuple[list[Cells], tuple[str, ...]]:
    """Up to seven rows of four products: repeated, contradicting, or bad ones among them."""
    row = st.fixed_dictionaries(
        {
            "product_id": st.sampled_from(["p1", "p2", "ü", "😀", ""]),
            "image": st.sampled_from(["a.jpg", "a.jpg|b.jpg", "b.jpg|a.jpg", "../x.jpg|a.jpg", ""]),
            "title": st.sampled_from(["", "Mug", " Mug ", "Cup"]),
            "price": st.sampled_from(["", "1", "1.0", "cheap"]),
            "colour": st.sampled_from(["", "red"]),
        }
    )
    return draw(st.lists(row, max_size=7)), tuple(draw(st.permutations(COLUMNS)))


@st.composite
def histories(draw: st.DrawFn) -> list[list[RawRow]]:
    """A file, then the same after some edits, several times over."""
    rows, columns = draw(files())
    history = [raw(rows, columns)]
    for _ in range(draw(st.integers(1, 3))):
        more, others = draw(files())
        kept = [row for row in rows if draw(st.integers(0, 4))]
        rows = draw(st.permutations([*kept, *more[: draw(st.integers(0, 2))]]))
        columns = others if draw(st.booleans()) else columns
        history.append(raw(rows, columns))
    return history


@settings(max_examples=150, deadline=None, derandomize=True)
@given(history=histories(), chunk=st.sampled_from([1, 2, 3, 2_000]))
def test_skipping_unchanged_rows_leaves_the_same_catalog_and_the_same_rejects(
    new_catalog: NewCatalog, history: list[list[RawRow]], chunk: int
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(new_catalog()) as skipping,
        closing(new_catalog()) as parsing,
    ):
        patch.setattr("search.catalog.syncing.staging._CHUNK", chunk)
        for file in history:
            forget_digests(parsing)
            assert apply(skipping, file) == apply(parsing, file)
            assert contents(skipping) == contents(parsing)


MUG = {"product_id": "mug", "image": "mug.jpg", "title": "Mug", "price": "1"}
CUP = {"product_id": "cup", "image": "cup.jpg", "title": "Cup", "price": "2"}


def test_an_unchanged_row_is_not_parsed_again(catalog: Catalog, parsed: list[int]) -> None:
    apply(catalog, raw([MUG, CUP]))
    assert parsed == [2, 3]
    assert apply(catalog, raw([MUG, CUP | {"title": "Tea cup"}])) == (Changes(0, 1, 0, 1), [])
    assert parsed == [2, 3, 3]


def test_another_form_of_the_same_row_changes_nothing_and_is_parsed_once(
    catalog: Catalog, parsed: list[int]
) -> None:
    apply(catalog, raw([MUG]))
    before = contents(catalog)
    other = raw([MUG | {"title": "  Mug ", "price": "1.00"}], COLUMNS[::-1])
    for _ in range(2):
        assert apply(catalog, other) == (Changes(0, 0, 0, 1), [])
    assert contents(catalog) == before
    assert parsed == [2, 2]


def test_a_row_with_a_reject_is_parsed_each_time(catalog: Catalog) -> None:
    rows = raw([MUG | {"image": "mug.jpg|../secret.jpg"}])
    first, again = apply(catalog, rows)[1], apply(catalog, rows)[1]
    assert [(reject.row, reject.source) for reject in again] == [(2, "../secret.jpg")]
    assert again == first


def test_a_later_row_of_an_unchanged_product_is_checked_against_its_first(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.catalog.syncing.staging._CHUNK", 1)
    apply(catalog, raw([MUG, CUP]))
    more = raw([CUP, MUG, MUG | {"title": "Other"}, MUG, MUG | {"image": "back.jpg"}])
    changes, rejects = apply(catalog, more)
    assert changes == Changes(0, 1, 0, 1)
    assert [(reject.row, reject.reason) for reject in rejects] == [
        (4, "row 3 has the same product_id with other values"),
        (5, "an earlier row has the same product_id and image"),
    ]


def test_the_same_cells_in_another_folder_are_parsed_again(
    catalog: Catalog, parsed: list[int]
) -> None:
    apply(catalog, raw([MUG]))
    layout = Layout(COLUMNS, "/elsewhere")
    [row] = raw([MUG])
    assert apply(catalog, [RawRow(row.record, layout)])[0] == Changes(0, 0, 0, 1)
    assert parsed == [2, 2]


def test_values_of_other_types_have_other_digests() -> None:
    layout = Layout(COLUMNS, "/shop")
    cells: list[Any] = ["1", 1, 1.0, True, None, "None", "a,b", ["a", "b"], "\ud800"]
    found = {layout.digest(Record(2, COLUMNS, [cell, "x"])) for cell in cells}
    assert len(found) == len(cells)
    assert {len(digest) for digest in found} == {32}


def writes_meanwhile(catalog: Catalog, rows: list[RawRow]) -> Any:
    """The rows, with a live change of the mug and a new product once the first was read."""
    yield rows[0]
    with catalog.engine.begin() as connection:
        live = {"title": "Live", "revision": catalog.revision() + 1, "row_digest": None}
        connection.execute(update(products).where(products.c.product_id == "mug").values(live))
    yield from rows[1:]


@pytest.mark.parametrize("file", [[CUP, MUG], [CUP, MUG | {"title": "New"}], [CUP]])
def test_a_product_that_was_changed_while_the_file_was_read_is_left_alone(
    catalog: Catalog, file: list[Cells], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.catalog.syncing.staging._CHUNK", 1)
    apply(catalog, raw([MUG, CUP]))
    apply(catalog, writes_meanwhile(catalog, raw(file)))
    with catalog.engine.connect() as connection:
        mug = connection.execute(select(products).where(products.c.product_id == "mug")).one()
    assert (mug.title, mug.deleted, mug.revision) == ("Live", False, 2)
    apply(catalog, raw([CUP, MUG]))  # the next build settles it
    with catalog.engine.connect() as connection:
        mug = connection.execute(select(products).where(products.c.product_id == "mug")).one()
    assert (mug.title, mug.revision) == ("Mug", 3)


def test_other_writers_go_on_while_a_file_is_read(catalog: Catalog) -> None:
    apply(catalog, raw([MUG, CUP]))
    catalog.record([Reading(1, "a" * 64, (8, 9))])

    def slow() -> Any:
        yield raw([MUG])[0]
        catalog.record([Reading(2, "b" * 64, (8, 9))])  # waits for a minute if it must
        yield raw([MUG, CUP])[1]

    assert apply(catalog, slow()) == (Changes(0, 0, 0, 2), [])
    assert catalog.counts() == (2, 2)
