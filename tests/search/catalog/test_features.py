"""What was embedded once is kept by content, and read back in the order of image ids."""

from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.features import FeatureStore
from search.catalog.records import ProductRow, Reading, Reject
from search.catalog.syncing import sync

DIM = 5


@pytest.fixture
def store(catalog: Catalog) -> FeatureStore:
    return FeatureStore(catalog.engine, "backbone-1", DIM)


def digest(content: int) -> str:
    return f"{content:064x}"


def rows_of(contents: Sequence[int]) -> Floats:
    return np.asarray([[content + part / 8 for part in range(DIM)] for content in contents], "f4")


def fill(catalog: Catalog, contents: Sequence[int | None]) -> None:
    """One product whose images 1, 2, … have these contents; None is an unusable image."""

    def fail(reject: Reject) -> None:
        raise AssertionError(reject)

    names = tuple(f"{number}.jpg" for number in range(len(contents)))
    sync(catalog.engine, [ProductRow(2, "p1", names)], fail)
    catalog.record(
        Reading(number, reason="broken")
        if content is None
        else Reading(number, digest(content), (9, 9))
        for number, content in enumerate(contents, start=1)
    )


def everything(store: FeatureStore, size: int = 4096) -> dict[int, list[float]]:
    chunks = list(store.chunks(size))
    assert all(0 < len(ids) <= size for ids, _ in chunks)
    pairs = [pair for ids, rows in chunks for pair in zip(ids.tolist(), rows.tolist(), strict=True)]
    assert [number for number, _ in pairs] == sorted(number for number, _ in pairs)
    return dict(pairs)


def test_features_come_back_as_float16_kept_them(catalog: Catalog, store: FeatureStore) -> None:
    fill(catalog, [1, 2])
    rows = np.random.default_rng(0).normal(size=(2, DIM)).astype(np.float32)
    store.put([digest(1), digest(2)], rows)
    [(ids, found)] = store.chunks()
    assert (ids.dtype, found.dtype) == (np.dtype(np.int64), np.dtype(np.float32))
    assert np.array_equal(found, rows.astype(np.float16).astype(np.float32))


def test_what_is_there_already_stays_as_it_is(catalog: Catalog, store: FeatureStore) -> None:
    fill(catalog, [1, 2])
    store.put([digest(1)], rows_of([1]))
    store.put([digest(1), digest(2)], rows_of([7, 2]))
    assert everything(store) == {1: rows_of([1])[0].tolist(), 2: rows_of([2])[0].tolist()}


def test_known_tells_which_contents_have_features(store: FeatureStore) -> None:
    store.put([digest(1), digest(2)], rows_of([1, 2]))
    assert store.known([digest(2), digest(3), digest(2)]) == {digest(2)}
    assert store.known([]) == set()


def test_each_backbone_has_its_own_features(catalog: Catalog, store: FeatureStore) -> None:
    fill(catalog, [1])
    other = FeatureStore(catalog.engine, "backbone-2", 2)
    store.put([digest(1)], rows_of([1]))
    counts = len(everything(store)), len(everything(other))
    assert (*counts, other.known([digest(1)])) == (1, 0, set())
    other.put([digest(1)], np.array([[1, 2]], np.float32))
    assert everything(other) == {1: [1.0, 2.0]}
    assert everything(store) == {1: rows_of([1])[0].tolist()}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    contents=st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=20),
    embedded=st.sets(st.integers(0, 9)),
    size=st.integers(1, 7),
)
def test_chunks_cover_exactly_the_usable_images_with_features(
    new_catalog: Callable[[], Catalog],
    contents: list[int | None],
    embedded: set[int],
    size: int,
) -> None:
    with closing(new_catalog()) as catalog:
        store = FeatureStore(catalog.engine, "backbone-1", DIM)
        fill(catalog, contents)
        if embedded:
            store.put([digest(one) for one in embedded], rows_of(list(embedded)))
        expected = {
            number: rows_of([content])[0].tolist()
            for number, content in enumerate(contents, start=1)
            if content in embedded
        }
        assert everything(store, size) == expected


def test_a_moved_or_repeated_picture_shares_its_features(
    catalog: Catalog, store: FeatureStore
) -> None:
    fill(catalog, [1, 1])
    store.put([digest(1)], rows_of([1]))
    sync(catalog.engine, [ProductRow(2, "p1", ("moved.jpg", "1.jpg"))], print)
    [pending] = [
        ref
        for refs in catalog.images_to_read("backbone-1", 10)
        for ref in refs
        if ref.sha256 is None
    ]
    assert pending.source == "moved.jpg"
    catalog.record([Reading(pending.image_id, digest(1), (9, 9))])
    assert everything(store) == {2: rows_of([1])[0].tolist(), 3: rows_of([1])[0].tolist()}


def test_features_are_lacking_until_every_usable_image_has_them(
    catalog: Catalog, store: FeatureStore
) -> None:
    assert not store.lacks_some()
    fill(catalog, [1, None, 2])
    assert store.lacks_some()
    store.put([digest(1)], rows_of([1]))
    assert store.lacks_some()
    store.put([digest(2)], rows_of([2]))
    assert not store.lacks_some()
    assert FeatureStore(catalog.engine, "backbone-2", DIM).lacks_some()
    sync(catalog.engine, [ProductRow(2, "p1", ("0.jpg", "1.jpg", "2.jpg", "new.jpg"))], print)
    assert store.lacks_some()
    sync(catalog.engine, [ProductRow(2, "p1", ("0.jpg", "1.jpg", "2.jpg"))], print)
    assert not store.lacks_some()
