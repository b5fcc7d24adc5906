"""What is found by reading as little as possible is what the plain definition says."""

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from search.arrays import Floats, unit_rows
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url, writing
from search.catalog.tables import images, products
from search.predictions.evidence import NEIGHBOURS
from search.querying.finding import find
from search.querying.ranking import Group, Place, Ranking
from search.querying.records import Records
from search.vectors.faiss_index import FaissIndex
from search.vectors.ids import IdSet
from search.vectors.live import LiveVectors

IMAGES = 150
SEED = np.random.default_rng(7)
OWNERS = [f"p{number:02}" for number in SEED.integers(0, 40, IMAGES)]
CONTENTS = SEED.integers(0, 90, IMAGES)
VECTORS: Floats = unit_rows(SEED.integers(-1, 3, (IMAGES, 3)).astype(np.float32) + 0.25)
"""Few directions: most scores have equals."""

numbers = st.integers(1, IMAGES)


class Question(NamedTuple):
    queries: Floats
    allowed: set[int] | None
    own: str | None
    page: slice
    group: Group


@st.composite
def questions(draw: st.DrawFn) -> Question:
    own = draw(st.none() | st.sampled_from(sorted(set(OWNERS))))
    of_own = [at for at, name in enumerate(OWNERS) if name == own]
    chosen = of_own or draw(st.lists(st.integers(0, IMAGES - 1), min_size=1, max_size=3))
    start = draw(st.integers(0, 30))
    return Question(
        VECTORS[chosen],
        draw(st.none() | st.sets(numbers, max_size=60)),
        own,
        slice(start, start + draw(st.integers(1, 20))),
        draw(st.sampled_from(["product", "image"])),
    )


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    url = sqlite_url(tmp_path_factory.mktemp("finding") / "catalog.sqlite")
    with closing(Catalog.create(url)) as made:
        fill(made)
        yield made


def fill(catalog: Catalog) -> None:
    empty = dict.fromkeys(("title", "description", "category", "brand", "currency", "url"), "")
    given = [
        {"product_id": name, "attributes": {}, "revision": 1, "deleted": False, **empty}
        for name in sorted(set(OWNERS))
    ]
    shown = [
        {
            "image_id": at + 1,
            "product_id": OWNERS[at],
            "position": at,
            "source": f"{at}.jpg",
            "sha256": f"{CONTENTS[at]:064}",
            "width": 8,
            "height": 8,
            "status": "ok",
            "reason": "",
        }
        for at in range(IMAGES)
    ]
    with writing(catalog.engine) as connection:
        connection.execute(insert(products), given)
        connection.execute(insert(images), shown)


def hide(catalog: Catalog, gone: set[int], deleted: set[str]) -> None:
    """So the catalog is now, whatever it was."""
    with writing(catalog.engine) as connection:
        connection.execute(update(images).values(width=8))
        connection.execute(update(images).where(images.c.image_id.in_(gone)).values(width=None))
        connection.execute(update(products).values(deleted=products.c.product_id.in_(deleted)))


def plainly(catalog: Catalog, vectors: LiveVectors, asked: Question) -> list[Place]:
    """Every image is scored and read; then one row for each product, or for each content."""
    choice = None if asked.allowed is None else IdSet(np.array(sorted(asked.allowed), np.int64))
    hits = vectors.search(asked.queries, IMAGES, choice)
    best: dict[int, float] = {}
    for one, score in zip(hits.ids.ravel().tolist(), hits.scores.ravel().tolist(), strict=True):
        best[one] = max(round(min(score, 1.0), 6), best.get(one, -1.0))
    there = catalog.images(list(best))
    first: dict[tuple[str, object], Place] = {}
    for one in sorted(there, key=lambda one: (-best[one], one)):
        name = there[one].product.product_id
        same = None if asked.group == "product" else there[one].sha256
        first.setdefault((name, same), Place(name, best[one], one))
    own = asked.own
    return sorted(
        first.values(),
        key=lambda row: (-row.score, row.product_id != own, row.product_id, row.image_id),
    )


@settings(deadline=None, max_examples=200, derandomize=True)
@given(
    asked=questions(),
    before=st.sets(numbers, max_size=20),
    gone=st.sets(numbers, max_size=20),
    deleted=st.sets(st.sampled_from(sorted(set(OWNERS))), max_size=5),
    each=st.floats(0.5, 5),
)
def test_rows_are_those_of_the_plain_definition_whatever_was_read_before_that_revision(
    catalog: Catalog,
    asked: Question,
    before: set[int],
    gone: set[int],
    deleted: set[str],
    each: float,
) -> None:
    ids = np.arange(1, IMAGES + 1)
    vectors = LiveVectors.over(FaissIndex.build([(ids, VECTORS)]), ids[:0])
    read = Records(catalog)
    hide(catalog, before, set())
    read.at(1).names(ids.tolist())
    read.at(1).images(ids.tolist())
    hide(catalog, gone, deleted)
    records = read.at(2)

    choice = None if asked.allowed is None else IdSet(np.array(sorted(asked.allowed), np.int64))
    ranking = Ranking(vectors, records, asked.queries, choice, asked.own, each)
    whole = Ranking(vectors, records, asked.queries, None, asked.own, each)
    is_whole = choice is None and asked.group == "product"
    found = find(records, ranking, None if is_whole else whole, asked.page, asked.group)

    expected = plainly(catalog, vectors, asked)
    nearest = plainly(catalog, vectors, asked._replace(allowed=None, group="product"))
    assert found.rows == expected[asked.page]
    assert found.nearest[:NEIGHBOURS] == nearest[:NEIGHBOURS]
    assert found.images.keys() >= {one.image_id for one in found.rows}
    assert all(found.images[one.image_id].product.product_id == one.product_id
               for one in (*found.rows, *found.nearest[:NEIGHBOURS]))  # fmt: skip


@settings(deadline=None, max_examples=50, derandomize=True)
@given(
    asked=questions(),
    named=st.sets(numbers, max_size=60),
    read=st.sets(numbers, max_size=60),
    gone=st.sets(numbers, max_size=20),
)
def test_what_is_lost_while_it_is_remembered_is_shown_as_it_was_or_not_at_all(
    catalog: Catalog, asked: Question, named: set[int], read: set[int], gone: set[int]
) -> None:
    ids = np.arange(1, IMAGES + 1)
    vectors = LiveVectors.over(FaissIndex.build([(ids, VECTORS)]), ids[:0])
    hide(catalog, set(), set())
    records = Records(catalog).at(1)
    records.names(list(named))
    records.images(read)
    hide(catalog, gone, set())

    ranking = Ranking(vectors, records, asked.queries, own=asked.own)
    found = find(records, ranking, None, asked.page, "product")

    shown = {one.image_id for one in found.rows}
    assert shown & gone <= read
    assert shown <= found.images.keys()
    assert found.rows == sorted(found.rows, key=lambda row: -row.score)


def test_what_is_remembered_is_bounded(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_MOST_NAMES", "_MOST_IMAGES", "_MOST_PRODUCTS"):
        monkeypatch.setattr(f"search.querying.records.{name}", 20)
    hide(catalog, set(), set())
    records = Records(catalog).at(1)
    for start in range(1, IMAGES, 10):
        asked = list(range(start, start + 10))
        known = records.names(asked)
        assert [known[one][0] for one in asked] == OWNERS[start - 1 : start + 9]
        assert [one.product.product_id for one in records.images(asked).values()] == (
            OWNERS[start - 1 : start + 9]
        )
        for name in OWNERS[start - 1 : start + 9]:
            assert records.images_of(name)
        assert len(known) <= 30
        assert len(records._images) <= 30
        assert len(records._products) <= 21


def test_an_older_revision_does_not_push_out_what_is_known_of_the_newest(catalog: Catalog) -> None:
    records = Records(catalog)
    newest = records.at(2)
    assert records.at(1) is not newest
    assert records.at(2) is newest
