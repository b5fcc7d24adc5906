"""A filter lets the same images through in Milvus as in SQL, whatever it asks about."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from search.arrays import unit_rows
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url, writing
from search.catalog.filters.expressions import All, Between, Expression, Field, Not, OneOf, Under
from search.catalog.filters.reading import passing_images
from search.catalog.tables import colours, images, products
from search.colours.names import NAMES
from search.vectors.ids import IdSet
from search.vectors.milvus.address import MilvusAddress
from search.vectors.milvus.building import MilvusBuilder
from search.vectors.milvus.collection import Collection
from search.vectors.milvus.filters import Inexpressible, compiled
from search.vectors.milvus.index import MilvusIndex
from search.vectors.opening import known_to
from tests.milvus import MilvusServer

TEXTS = [
    "acme",
    "",
    "Zen",
    "acme ",
    'a"b\\c',
    "é ü 龍",
    "a\nb",
    "sha256:x",
    "x" * 300,
    "%",
    "'",
    "7",
]
PATHS = ["", "A", "A > B", "A > B > C", "A > Bb", "B", "a", "A >  > B", "A > " + "long " * 60]
NAMES_OF = ["size", "a.b", 'q"x\\', "~1/0", "ü", "size "]
NUMBERS_OF = [1, 7, 7.0, 7.5, -2, 0, 1e3, 2**60, 0.1, 1e-7]
TEXTS_OF = ["7", "7.0", "007", "7.5", "-2", ".5", "true", "1e3", "0.1", "acme", "", "x" * 300, "+7"]
VALUES: list[Any] = [*NUMBERS_OF, *TEXTS_OF, True, False, None]
PRICES = [None, 0.0, 0.1, 7.0, 7.5, 1e6, 1e-7, 99.99]
COUNT = 160


def pick(random: np.random.Generator, several: Sequence[Any]) -> Any:
    return several[int(random.integers(len(several)))]


def rows(random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for number in range(COUNT):
        given = {name: pick(random, VALUES) for name in NAMES_OF if random.random() < 0.7}
        yield {
            "product_id": f"p{number}" if number % 9 else f"p '{number}\"\\",
            "title": pick(random, TEXTS),
            "description": "",
            "category": pick(random, PATHS),
            "brand": pick(random, TEXTS),
            "price": pick(random, PRICES),
            "currency": pick(random, ["EUR", "USD", ""]),
            "in_stock": pick(random, [None, True, False]),
            "url": "",
            "attributes": given,
            "revision": 1,
            "deleted": False,
        }


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """Products of one image or two, some with colours."""
    url = sqlite_url(tmp_path_factory.mktemp("catalog") / "catalog.sqlite")
    random = np.random.default_rng(0)
    found = list(rows(random))
    own = [{"product_id": one["product_id"], "position": at, "source": f"{at}.jpg",
            "sha256": f"{one['product_id']}{at}", "width": 9, "height": 9, "status": "ok",
            "reason": "", "revision": 1}
           for one in found for at in range(random.integers(1, 3))]  # fmt: skip
    seen = [{"sha256": one["sha256"], "found": {str(name): [float(share), "#000000"]
             for name, share in zip(random.choice(NAMES, 3, replace=False),
                                    random.choice([0.1, 0.2, 0.5], 3), strict=True)}}
            for one in own if random.random() < 0.6]  # fmt: skip
    with closing(Catalog.create(url)) as made:
        with writing(made.engine) as connection:
            connection.execute(insert(products), found)
            connection.execute(insert(images), own)
            connection.execute(insert(colours), seen)
        yield made


@pytest.fixture(scope="module", params=["milvus", "milvus in a file"])
def index(request: pytest.FixtureRequest, catalog: Catalog, tmp_path_factory: Any) -> MilvusIndex:
    if request.param == "milvus":
        server: MilvusServer = request.getfixturevalue("milvus")
        url = server.new_url()
    else:
        url = f"milvus://{tmp_path_factory.mktemp('milvus')}/vectors.db/shop"
    address = MilvusAddress.parse(url)
    collection = Collection(address, address.collection)
    ids = everything(catalog).ids
    vectors = unit_rows(np.random.default_rng(0).normal(size=(len(ids), 4)).astype(np.float32))
    builder = MilvusBuilder(collection, "tests", 4, known_to(catalog.engine), exact=True)
    builder.add(ids, vectors)
    builder.finish()
    return builder.index()


def by_sql(catalog: Catalog, expression: Expression) -> IdSet:
    with catalog.engine.connect() as connection:
        return passing_images(connection, expression, None)


def everything(catalog: Catalog) -> IdSet:
    return by_sql(catalog, All())


def passing(index: MilvusIndex, expression: Expression) -> list[int]:
    collection = Collection(index.address, index.sealed.collection)
    query = np.eye(4, dtype=np.float32)[:1]
    ((_, ids),) = collection.nearest(query, 2 * COUNT, compiled(expression), {})
    return sorted(ids)


ATTRIBUTE = st.sampled_from(NAMES_OF).map(Field)
ASKED = st.sampled_from([str(one) for one in VALUES] + ["7.50", "nothing", "1000", "1" + 20 * "0"])
NUMBERS = st.sampled_from([None, -2.0, 0.0, 0.1, 7.0, 7.5, 1000.0, 1e6, 1e-7, 2.0**60])


def several(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)


def between(field: Field) -> st.SearchStrategy[Expression]:
    sides = st.tuples(NUMBERS, NUMBERS).filter(lambda both: both != (None, None))
    return sides.map(lambda both: Between(field, *both))


TEXT_COLUMNS = [Field("brand"), Field("currency"), Field("product_id")]
LEAVES = st.one_of(
    st.builds(
        OneOf, st.sampled_from(TEXT_COLUMNS), several(st.sampled_from([*TEXTS, "EUR", "p1"]))
    ),
    st.builds(OneOf, st.just(Field("in_stock")), several(st.booleans())),
    st.builds(OneOf, st.just(Field("price")), several(st.sampled_from(PRICES[1:]))),
    st.builds(OneOf, ATTRIBUTE, several(ASKED)),
    st.builds(OneOf, st.just(Field("color", is_measured=True)), several(st.sampled_from(NAMES))),
    between(Field("price")),
    ATTRIBUTE.flatmap(between),
    st.builds(Under, several(st.sampled_from(PATHS))),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner) | st.lists(inner, max_size=3).map(lambda of: All(tuple(of)))
    ),
    max_leaves=5,
)


@settings(max_examples=150, derandomize=True)
@given(expression=TREES)
def test_the_same_images_pass_in_milvus_as_in_sql(
    index: MilvusIndex, catalog: Catalog, expression: Expression
) -> None:
    assert passing(index, expression) == by_sql(catalog, expression).ids.tolist()


def test_what_milvus_does_not_know_is_filtered_by_the_ids_of_sql(
    index: MilvusIndex, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.vectors.milvus.index._FEW", 0)
    monkeypatch.setattr("search.vectors.milvus.index._MANY", 3)
    expression = Not(OneOf(Field("title"), ("acme", "Zen", "", "%", "'", "7")))
    with pytest.raises(Inexpressible):
        compiled(expression)
    allowed = by_sql(catalog, expression)
    found = index.search(np.eye(4, dtype=np.float32)[:2], COUNT * 2, allowed)
    assert sorted(found.ids[1].tolist()) == allowed.ids.tolist()
    assert (np.diff(found.scores) <= 0).all()


def test_a_large_set_is_asked_for_by_the_filter_that_made_it(
    index: MilvusIndex, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, expression = np.eye(4, dtype=np.float32)[:1], Under(("A",))
    allowed = by_sql(catalog, expression)
    by_ids = index.search(query, 50, allowed)
    monkeypatch.setattr("search.vectors.milvus.index._FEW", 0)
    assert index.search(query, 50, allowed).ids.tolist() == by_ids.ids.tolist()
