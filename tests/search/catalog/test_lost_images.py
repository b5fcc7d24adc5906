"""What a version shows is what it holds and the catalog still has, through any history."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from search.arrays import Ids
from search.catalog.catalog import Catalog
from search.catalog.changes import lost_ids, read_changes, searchable_ids
from search.catalog.products import delete_product, upsert_product
from search.catalog.records import ProductRow, ReadImage, Reading, VersionRecord
from search.catalog.syncing import sync
from search.catalog.tables import images
from search.errors import ProductNotFound

NAMES, SOURCES = ("p1", "p2", "p3", "p4"), ("a.jpg", "b.jpg", "c.jpg")
CONTENT = "0" * 64


class Sealed(NamedTuple):
    """The revision that a version has surely inside, and the images that it holds."""

    revision: int
    held: Ids


sources = st.lists(st.sampled_from(SOURCES), min_size=1, unique=True)
names = st.sampled_from(NAMES)
steps = st.lists(
    st.tuples(st.just("sync"), st.dictionaries(names, sources, min_size=1))
    | st.tuples(st.just("read"), st.sets(st.integers(1, 30)))
    | st.tuples(st.just("upsert"), st.tuples(names, sources))
    | st.tuples(st.just("delete"), names)
    | st.tuples(st.just("seal"), st.booleans()),
    max_size=14,
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(history=steps)
def test_a_version_shows_what_it_holds_and_the_catalog_has(
    new_catalog: Callable[[], Catalog], history: list[tuple[str, object]]
) -> None:
    with closing(new_catalog()) as catalog:
        sealed: list[Sealed] = []
        for kind, what in history:
            take(catalog, kind, what, sealed)
            there = set(searchable_ids(catalog.engine).tolist())
            for number, one in enumerate(sealed, start=1):
                assert shown(catalog, number, one) == set(one.held.tolist()) & there


def shown(catalog: Catalog, number: int, version: Sealed) -> set[int]:
    lost = lost_ids(catalog.engine, number, version.held)
    changes = read_changes(
        catalog.engine, "none", 4, np.asarray, version=version.revision, seen=version.revision
    )
    return set(version.held.tolist()) - set(lost.tolist()) - set(changes.hidden.tolist())


def take(catalog: Catalog, kind: str, what: object, sealed: list[Sealed]) -> None:
    """One step of a history."""
    match kind, what:
        case "sync", dict(file):
            rows = [ProductRow(2, name, tuple(several)) for name, several in file.items()]
            sync(catalog.engine, rows, print, allow_shrink=True)
        case "read", set(broken):
            found = [ref for refs in catalog.images_to_read("none", 100) for ref in refs]
            catalog.record(reading(ref.image_id, ref.image_id in broken) for ref in found)
        case "upsert", (str(name), list(several)):
            pictures = [ReadImage(source, CONTENT, (8, 8)) for source in several]
            upsert_product(catalog.engine, ProductRow(0, name, tuple(several)), pictures)
        case "delete", str(name):
            with suppress(ProductNotFound):
                delete_product(catalog.engine, name)
        case "seal", bool(is_over):
            seal(catalog, sealed, is_over=is_over)


def reading(image_id: int, is_broken: bool) -> Reading:
    return Reading(image_id, reason="broken") if is_broken else Reading(image_id, CONTENT, (8, 8))


def seal(catalog: Catalog, sealed: list[Sealed], *, is_over: bool) -> None:
    """As ``sealing.journey`` does; a crash may come before it has forgotten what is gone."""
    revision = catalog.revision()
    with catalog.engine.connect() as connection:
        usable = connection.scalars(select(images.c.image_id).where(images.c.status == "ok"))
        sealed.append(Sealed(revision, np.fromiter(usable, np.int64)))
    now, held = datetime.now(UTC), len(sealed[-1].held)
    catalog.add_version(
        VersionRecord(len(sealed), now, "model", "none", "head", held, held, revision)
    )
    if is_over:
        catalog.forget_gone()
