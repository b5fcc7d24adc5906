"""After a sync the catalog is exactly the file: whatever it was before, and nothing more."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from search.catalog.catalog import Catalog
from search.catalog.records import ProductRow, Reading, Reject, VersionRecord
from search.catalog.syncing import sync
from search.catalog.syncing.comparing import Changes
from search.catalog.tables import images, products
from search.errors import RejectsRefused, ShrinkRefused

NewCatalog = Callable[[], Catalog]
Rows = Sequence[ProductRow | Reject]
NOT_COMPARED = {"row", "images"}


def apply(catalog: Catalog, rows: Rows, **options: Any) -> tuple[Changes, list[Reject]]:
    rejects: list[Reject] = []
    options = {"allow_shrink": True} | options
    return sync(catalog.engine, rows, rejects.append, **options), rejects


def facts(row: ProductRow) -> dict[str, Any]:
    names = (name for name in ProductRow.__dataclass_fields__ if name not in NOT_COMPARED)
    return {name: getattr(row, name) for name in names}


def live(catalog: Catalog) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """product_id → (its columns, its images in order), without what is only kept for a version."""
    with catalog.engine.connect() as connection:
        found = connection.execute(select(products).where(~products.c.deleted)).all()
        named = select(images).where(images.c.status != "gone").order_by(images.c.position)
        pictures = connection.execute(named).all()
    names = [name for name in ProductRow.__dataclass_fields__ if name not in NOT_COMPARED]
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for picture in pictures:
        sources[picture.product_id].append(picture.source)
    return {
        row.product_id: ({name: getattr(row, name) for name in names}, sources[row.product_id])
        for row in found
    }


def wanted(rows: Sequence[ProductRow]) -> dict[str, tuple[dict[str, Any], list[str]]]:
    return {row.product_id: (facts(row), list(row.images)) for row in rows}


def counted(before: Sequence[ProductRow], after: Sequence[ProductRow]) -> Changes:
    old, new = wanted(before), wanted(after)
    both = old.keys() & new.keys()
    changed = sum(old[one] != new[one] for one in both)
    return Changes(
        added=len(new.keys() - old.keys()),
        changed=changed,
        removed=len(old.keys() - new.keys()),
        unchanged=len(both) - changed,
    )


def image_ids(catalog: Catalog) -> dict[tuple[str, str], int]:
    with catalog.engine.connect() as connection:
        return {
            (row.product_id, row.source): row.image_id for row in connection.execute(select(images))
        }


def contents(catalog: Catalog) -> list[Any]:
    """Every row of every table, for "nothing changed"."""
    with catalog.engine.connect() as connection:
        return [connection.execute(select(table)).all() for table in (products, images)]


def written(connection: Connection) -> object:
    """Something else after any other connection has written to a table."""
    connection.rollback()  # to see what was committed since
    if connection.dialect.name == "sqlite":
        return connection.scalar(text("PRAGMA data_version"))
    # An update moves a row, even one that changes no value.
    places = "SELECT '{0}', ctid::text, xmin::text FROM {0}"
    tables = " UNION ALL ".join(places.format(table.name) for table in (products, images))
    return sorted(map(tuple, connection.execute(text(tables))))


def publish(catalog: Catalog) -> None:
    """What a build does last: a version is noted, and what it does not hold is forgotten."""
    revision = catalog.revision()
    number = catalog.last_version() + 1
    catalog.add_version(VersionRecord(number, datetime.now(UTC), "m", "b", "h", 1, 1, revision))
    catalog.forget_gone()


SOURCES = st.sampled_from(["a.jpg", "b.jpg", "c.jpg", "https://shop.example/d.jpg"])
VALUES = st.one_of(st.text("xy", max_size=2), st.integers(-9, 9), st.booleans(), st.floats(0, 2))


@st.composite
def catalogs(draw: st.DrawFn) -> list[ProductRow]:
    """A file of up to six products that differ in everything that may differ."""
    names = draw(st.lists(st.sampled_from(["p1", "p2", "p3", "P1", "ü", "p 4"]), unique=True))
    return [
        ProductRow(
            row=number,
            product_id=name,
            images=tuple(draw(st.lists(SOURCES, min_size=1, max_size=3, unique=True))),
            title=draw(st.sampled_from(["", "Mug", "mug", "Tasse é"])),
            category=draw(st.sampled_from(["", "Fruit", "Fruit > Apple"])),
            price=draw(st.sampled_from([None, 0.0, 1.5, 0.1])),
            in_stock=draw(st.sampled_from([None, True, False])),
            attributes=draw(st.dictionaries(st.sampled_from(["colour", "size"]), VALUES)),
        )
        for number, name in enumerate(names, start=2)
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(files=st.lists(catalogs(), min_size=2, max_size=3))
def test_the_catalog_becomes_each_file_in_turn(
    new_catalog: NewCatalog, files: list[list[ProductRow]]
) -> None:
    seen: dict[int, tuple[str, str]] = {}
    before: list[ProductRow] = []
    with closing(new_catalog()) as catalog:
        for file in files:
            revision = catalog.revision()
            changes, rejects = apply(catalog, file)
            assert live(catalog) == wanted(file)
            assert (changes, rejects) == (counted(before, file), [])
            something = changes.added + changes.changed + changes.removed > 0
            assert (catalog.revision() > revision) == something
            for key, number in image_ids(catalog).items():
                assert seen.setdefault(number, key) == key  # an id never names another image
            before = file


@settings(max_examples=20, deadline=None, derandomize=True)
@given(file=catalogs())
def test_syncing_the_same_file_again_writes_nothing(
    new_catalog: NewCatalog, file: list[ProductRow]
) -> None:
    with closing(new_catalog()) as catalog:
        apply(catalog, file)
        before = contents(catalog)
        shuffled = [replace(row, row=99 - row.row) for row in reversed(file)]
        with catalog.engine.connect() as watching:
            before_again = written(watching)
            assert apply(catalog, shuffled) == (Changes(0, 0, 0, len(file)), [])
            assert written(watching) == before_again
        assert contents(catalog) == before


def a_product(name: str, *sources: str, row: int = 2, **values: Any) -> ProductRow:
    return ProductRow(row, name, sources or (f"{name}.jpg",), **values)


def test_only_what_changed_gets_the_new_revision(catalog: Catalog) -> None:
    apply(catalog, [a_product("p1"), a_product("p2"), a_product("p3")])
    apply(catalog, [a_product("p1"), a_product("p2", title="New")])
    with catalog.engine.connect() as connection:
        found = connection.execute(select(products.c.product_id, products.c.revision))
        assert {row[0]: row[1] for row in found} == {"p1": 1, "p2": 2, "p3": 2}


def test_the_order_of_images_is_kept_and_a_move_keeps_their_ids(catalog: Catalog) -> None:
    apply(catalog, [a_product("p1", "a.jpg", "b.jpg", "c.jpg")])
    before = image_ids(catalog)
    changes, _ = apply(catalog, [a_product("p1", "c.jpg", "a.jpg", "b.jpg")])
    assert changes == Changes(0, 1, 0, 0)
    assert image_ids(catalog) == before
    assert live(catalog)["p1"][1] == ["c.jpg", "a.jpg", "b.jpg"]


def test_what_reading_found_survives_a_sync(catalog: Catalog) -> None:
    apply(catalog, [a_product("p1", "a.jpg", "b.jpg")])
    first = image_ids(catalog)["p1", "a.jpg"]
    catalog.record([Reading(first, "f" * 64, (8, 9))])
    apply(catalog, [a_product("p1", "a.jpg", "c.jpg", title="New")])
    [found] = catalog.images_of("p1")
    assert (found.image_id, found.size, found.product.title) == (first, (8, 9), "New")


def test_a_product_that_comes_back_is_new_again_and_its_images_are_read_again(
    catalog: Catalog,
) -> None:
    apply(catalog, [a_product("p1"), a_product("p2")])
    catalog.record([Reading(1, "a" * 64, (8, 9))])
    assert apply(catalog, [a_product("p2")])[0] == Changes(0, 0, 1, 1)
    assert apply(catalog, [a_product("p1"), a_product("p2")])[0] == Changes(1, 0, 0, 1)
    assert live(catalog).keys() == {"p1", "p2"}
    [refs] = catalog.images_to_read("backbone", 10)
    assert [(ref.product_id, ref.sha256) for ref in refs] == [("p1", None), ("p2", None)]
    assert catalog.images([1]) == {}


def test_the_images_of_a_removed_product_are_hidden_at_once_and_kept_for_servers_to_see(
    catalog: Catalog,
) -> None:
    apply(catalog, [a_product("p1"), a_product("p2")])
    catalog.record([Reading(1, "a" * 64, (8, 9)), Reading(2, "b" * 64, (8, 9))])
    apply(catalog, [a_product("p2")])
    with catalog.engine.connect() as connection:
        [gone] = connection.execute(select(images).where(images.c.product_id == "p1")).all()
    assert (gone.status, gone.width, gone.height) == ("gone", None, None)
    assert gone.revision == catalog.revision() == catalog.images_revision()
    publish(catalog)
    assert image_ids(catalog).keys() == {("p2", "p2.jpg")}


def test_an_image_that_goes_stays_findable_until_a_version_without_it_is_published(
    catalog: Catalog,
) -> None:
    apply(catalog, [a_product("p1", "a.jpg", "b.jpg")])
    catalog.record([Reading(1, "a" * 64, (8, 9)), Reading(2, "b" * 64, (8, 9))])
    apply(catalog, [a_product("p1", "a.jpg")])
    assert catalog.images([1, 2]).keys() == {1, 2}
    assert catalog.counts() == (1, 1)
    assert catalog.count_images() == 1
    publish(catalog)
    assert catalog.images([1, 2]).keys() == {1}


def test_an_image_that_comes_back_before_that_is_read_again_under_its_id(catalog: Catalog) -> None:
    apply(catalog, [a_product("p1", "a.jpg", "b.jpg")])
    catalog.record([Reading(1, "a" * 64, (8, 9)), Reading(2, "b" * 64, (8, 9))])
    apply(catalog, [a_product("p1", "a.jpg")])
    assert apply(catalog, [a_product("p1", "b.jpg", "a.jpg")])[0] == Changes(0, 1, 0, 0)
    assert live(catalog)["p1"][1] == ["b.jpg", "a.jpg"]
    [refs] = catalog.images_to_read("backbone", 10)
    assert [(ref.image_id, ref.sha256) for ref in refs] == [(1, "a" * 64), (2, None)]


def test_the_highest_image_id_is_not_used_again(catalog: Catalog) -> None:
    """SQLite by itself would give the last row's number to the next one."""
    apply(catalog, [a_product("p1", "a.jpg", "b.jpg")])
    last = max(image_ids(catalog).values())
    apply(catalog, [a_product("p1", "a.jpg")])
    publish(catalog)
    apply(catalog, [a_product("p1", "a.jpg", "z.jpg")])
    assert image_ids(catalog)["p1", "z.jpg"] > last


@pytest.mark.parametrize("between", [0, 2500], ids=["near", "in another chunk"])
def test_a_repeated_image_is_rejected_with_its_row_and_the_rest_is_kept(
    catalog: Catalog, between: int
) -> None:
    others = [a_product(f"o{number}", row=10 + number) for number in range(between)]
    again = a_product("p1", "a.jpg", "b.jpg", row=9000)
    changes, rejects = apply(catalog, [a_product("p1", "a.jpg"), *others, again])
    reason = "an earlier row has the same product_id and image"
    assert rejects == [Reject(9000, "p1", "a.jpg", reason)]
    assert changes.added == 1 + between
    assert live(catalog)["p1"][1] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("between", [0, 2500], ids=["near", "in another chunk"])
def test_contradicting_rows_are_rejected_and_both_are_named(catalog: Catalog, between: int) -> None:
    others = [a_product(f"o{number}", row=10 + number) for number in range(between)]
    other = a_product("p1", "b.jpg", row=9000, title="Other")
    _, rejects = apply(catalog, [a_product("p1", "a.jpg", row=3), *others, other])
    reason = "row 3 has the same product_id with other values"
    assert rejects == [Reject(9000, "p1", "", reason)]
    assert live(catalog)["p1"] == (facts(a_product("p1")), ["a.jpg"])


def test_rejects_of_the_file_are_passed_on_in_its_order(catalog: Catalog) -> None:
    first, last = Reject(2, "", "", "no product_id"), Reject(4, "p9", "x", "bad price")
    repeated = Reject(3, "p1", "p1.jpg", "an earlier row has the same product_id and image")
    rows: Rows = [first, a_product("p1"), a_product("p1", row=3), last]
    assert apply(catalog, rows)[1] == [first, repeated, last]


@pytest.mark.parametrize("gone", range(6))
def test_a_file_may_remove_a_fifth_of_the_products_and_no_more(catalog: Catalog, gone: int) -> None:
    rows = [a_product(f"p{number}") for number in range(10)]
    apply(catalog, rows)
    before = contents(catalog)
    new = [a_product(f"new{number}") for number in range(20)]  # growth makes no room for loss
    if gone <= 2:
        assert apply(catalog, rows[gone:] + new, allow_shrink=False)[0] == Changes(
            20, 0, gone, 10 - gone
        )
    else:
        with pytest.raises(ShrinkRefused, match=rf"remove {gone} of 10 products.*--allow-shrink"):
            apply(catalog, rows[gone:] + new, allow_shrink=False)
        assert contents(catalog) == before


def test_an_empty_catalog_can_neither_shrink_nor_be_refused(catalog: Catalog) -> None:
    assert apply(catalog, [], allow_shrink=False) == (Changes(0, 0, 0, 0), [])


BAD: list[Callable[[], Rows]] = [
    lambda: [a_product("p2"), Reject(3, "", "", "no product_id")],
    lambda: [a_product("p2"), a_product("p2", row=3)],
    lambda: [a_product("p2"), a_product("p2", row=3, title="Other")],
]


@pytest.mark.parametrize("bad", BAD)
def test_strict_allows_no_reject_and_leaves_everything_untouched(
    catalog: Catalog, bad: Callable[[], Rows]
) -> None:
    apply(catalog, [a_product("p1")])
    before = contents(catalog)
    with pytest.raises(RejectsRefused, match=r"^1 row or image was rejected") as caught:
        apply(catalog, bad(), strict=True)
    assert caught.value.count == 1
    assert contents(catalog) == before
    assert apply(catalog, [a_product("p1")], strict=True)[1] == []


def test_a_file_that_breaks_off_leaves_everything_untouched(catalog: Catalog) -> None:
    apply(catalog, [a_product("p1")])
    before = contents(catalog)

    def broken() -> Iterator[ProductRow]:
        yield a_product("p2")
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        apply(catalog, broken())  # type: ignore[arg-type]
    assert contents(catalog) == before
    apply(catalog, [a_product("p1"), a_product("p2")])
    assert live(catalog).keys() == {"p1", "p2"}
