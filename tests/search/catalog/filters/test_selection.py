"""However the catalog came to be what it is, what passes and what is counted is what is there."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from search.catalog.catalog import Catalog
from search.catalog.filters import kept
from search.catalog.filters.facets import Facet, FacetValue
from search.catalog.filters.grammar import parse
from search.catalog.filters.selection import Selection
from search.errors import BadFilter, BadParameter
from tests.search.catalog.filters.conftest import FACTS, Facts, Store, searchable

NewCatalog = Callable[[], Catalog]

FILTERS = [[], ["brand:acme"], ["price:..3", "-brand:acme"], ["category:Fruit"], ["pieces:..3"]]
COUNTED = ["brand", "category", "price", "in_stock", "pieces"]
PLAIN: Facts = {
    "brand": "acme",
    "category": "Fruit > Apple",
    "price": 3.0,
    "in_stock": True,
    "attributes": {"pieces": "3"},
    "deleted": False,
    "widths": [9, 9],
}

CHANGES = st.lists(
    st.dictionaries(st.sampled_from(["p1", "p2", "p3", "p4"]), FACTS, max_size=3),
    min_size=1,
    max_size=4,
)


def quoted(name: str, value: str) -> str:
    doubled = value.replace('"', '""')
    return f'{name}:"{doubled}"'


def images_of(catalog: Catalog, selection: Selection, *filters: str) -> list[int]:
    return list(map(int, selection.allowed(parse(filters), catalog.revision()).ids))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(changes=CHANGES)
def test_what_is_brought_up_to_date_equals_what_is_read_anew(
    new_catalog: NewCatalog, store: Store, changes: list[dict[str, Facts]]
) -> None:
    with closing(new_catalog()) as catalog:
        store(catalog, {"p0": PLAIN}, 1)
        old = Selection(catalog.engine)
        for revision, change in enumerate(changes, start=2):
            for filters in FILTERS:
                assert old.facets(parse(filters), COUNTED, revision - 1)
            store(catalog, change, revision)
            new = Selection(catalog.engine)
            for filters in FILTERS:
                assert images_of(catalog, old, *filters) == images_of(catalog, new, *filters)
                wanted = parse(filters), COUNTED, revision
                assert old.facets(*wanted) == new.facets(*wanted)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(facts=st.lists(FACTS, max_size=12))
def test_a_count_is_what_filtering_by_the_value_gives(
    new_catalog: NewCatalog, store: Store, facts: list[Facts]
) -> None:
    single = [{**one, "widths": one["widths"][:1]} for one in facts]  # images are products here
    with closing(new_catalog()) as catalog:
        store(catalog, {"p0": {**PLAIN, "widths": [9]}}, 1)
        store(catalog, {f"p{number}": one for number, one in enumerate(single, start=1)}, 2)
        selection = Selection(catalog.engine)
        for name, facet in selection.facets(parse([]), COUNTED, 2).items():
            assert facet.distinct == len(facet.values)
            for one in facet.values:
                assert len(images_of(catalog, selection, quoted(name, one.value))) == one.count


@settings(max_examples=25, deadline=None, derandomize=True)
@given(facts=st.lists(FACTS, max_size=12))
def test_every_searchable_product_that_passes_is_counted_once(
    new_catalog: NewCatalog, store: Store, facts: list[Facts]
) -> None:
    with closing(new_catalog()) as catalog:
        store(catalog, {f"p{number}": one for number, one in enumerate(facts)}, 1)
        (facet,) = Selection(catalog.engine).facets(parse(["price:3.."]), ["brand"], 1).values()
    there = searchable(one for one in facts if (one["price"] or 0) >= 3)
    counts = Counter(one["brand"] for one in there if one["brand"])
    assert {one.value: one.count for one in facet.values} == counts
    assert list(facet.values) == sorted(facet.values, key=lambda one: (-one.count, one.value))


def test_facets_say_how_many_values_there_are_and_where_numbers_end(
    catalog: Catalog, store: Store
) -> None:
    rows = {
        f"p{number}": {**PLAIN, "price": number / 2, "attributes": {"pieces": str(number)}}
        for number in range(120)
    }
    store(catalog, rows, 1)
    found = Selection(catalog.engine).facets(parse(["price:10.."]), COUNTED, 1)
    assert (found["price"].low, found["price"].high) == (10.0, 59.5)
    assert (found["pieces"].low, found["pieces"].high) == (20.0, 119.0)
    assert found["price"].distinct == 100
    assert found["price"].values[:2] == (FacetValue("10", 1), FacetValue("10.5", 1))
    assert found["category"].values == (FacetValue("Fruit", 100), FacetValue("Fruit > Apple", 100))
    assert found["in_stock"] == Facet((FacetValue("true", 100),), 1)
    assert found["brand"] == Facet((FacetValue("acme", 100),), 1)


def test_a_set_stays_the_same_object_while_none_of_its_images_change(
    catalog: Catalog, store: Store
) -> None:
    store(catalog, {"p1": PLAIN}, 1)
    selection, wanted = Selection(catalog.engine), parse(["brand:acme"])
    before = selection.allowed(wanted, 1)
    store(catalog, {"p2": {**PLAIN, "brand": "zen"}}, 2)
    assert selection.allowed(wanted, 2) is before
    store(catalog, {"p3": PLAIN}, 3)
    assert len(selection.allowed(wanted, 3)) == 4


def test_what_is_known_asks_the_database_nothing(catalog: Catalog, store: Store) -> None:
    store(catalog, {"p1": PLAIN}, 1)
    selection = Selection(catalog.engine)
    asked: list[str] = []
    event.listen(
        catalog.engine, "before_cursor_execute", lambda *given: asked.append(str(given[2]))
    )
    first = selection.facets(parse(["pieces:3"]), COUNTED, 1)
    assert asked
    asked.clear()
    assert selection.facets(parse(["pieces:3"]), COUNTED, 1) == first
    assert asked == []


def test_an_attribute_that_no_product_has_is_refused_with_the_names_there_are(
    catalog: Catalog, store: Store
) -> None:
    store(catalog, {"p1": PLAIN}, 1)
    selection = Selection(catalog.engine)
    with pytest.raises(BadFilter, match=r"brand.*pieces") as refused:
        selection.allowed(parse(["brand:acme", "- peices:3"]), 1)
    assert (refused.value.text, refused.value.position) == ("- peices:3", 2)
    with pytest.raises(BadParameter, match=r"'peices'.*brand.*pieces"):
        selection.facets(parse([]), ["peices"], 1)
    with pytest.raises(BadParameter, match="'title' cannot be counted"):
        selection.facets(parse([]), ["title"], 1)


def test_what_was_used_longest_ago_is_forgotten_first(
    catalog: Catalog, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_ITEMS", 4)
    store(catalog, {"p1": PLAIN, "p2": {**PLAIN, "brand": "zen"}}, 1)
    selection = Selection(catalog.engine)
    one, other, third = parse(["brand:acme"]), parse(["brand:zen"]), parse(["price:3"])
    first, second = selection.allowed(one, 1), selection.allowed(other, 1)
    assert selection.allowed(one, 1) is first
    assert selection.allowed(third, 1) is selection.allowed(third, 1)
    assert selection.allowed(other, 1) is not second


def test_refused_filters_push_nothing_out(catalog: Catalog, store: Store) -> None:
    store(catalog, {"p1": PLAIN}, 1)
    selection, wanted = Selection(catalog.engine), parse(["brand:acme"])
    first = selection.allowed(wanted, 1)
    for number in range(2 * kept.MOST_VALUES):
        with pytest.raises(BadFilter):
            selection.allowed(parse([f"unknown{number}:1"]), 1)
    assert selection.allowed(wanted, 1) is first
    selection.allowed(parse(["price:3"]), 1)
    assert selection.allowed(wanted, 1) is first


def test_many_threads_see_every_change_that_they_ask_for(catalog: Catalog, store: Store) -> None:
    store(catalog, {"p0": PLAIN}, 1)
    selection, wanted = Selection(catalog.engine), parse(["brand:acme"])

    def reads(_thread: int) -> bool:
        seen = 0
        while seen < 20:
            seen = catalog.revision()
            (facet,) = selection.facets(wanted, ["pieces"], seen).values()
            if facet.values[0].count < seen:
                return False
        return True

    with ThreadPoolExecutor(4) as threads:
        done = threads.map(reads, range(4))
        for revision in range(2, 21):
            store(catalog, {f"p{revision}": PLAIN}, revision)
        assert all(done)
