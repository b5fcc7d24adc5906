"""From a stream of vectors to an index that finds what it must."""

from math import inf

import numpy as np
import pytest

from indexer.indexing import journey
from indexer.indexing.candidates import EXACT, EXACT_BELOW, candidates, sample_for
from indexer.indexing.journey import build_index
from indexer.indexing.records import IndexReport, Limits
from search.vectors.faiss_index import FaissIndex
from tests.indexer.indexing.streams import LIMITS, QUIET, Stream


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream(4000)


@pytest.fixture(scope="module")
def built(stream: Stream) -> tuple[FaissIndex, IndexReport]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey, "EXACT_BELOW", 1000)
        return build_index(stream, LIMITS, inf, QUIET)


def test_a_small_catalog_is_searched_exactly(stream: Stream) -> None:
    index, report = build_index(stream, LIMITS, inf, QUIET)
    assert (report.codes, report.tuned, report.tried) == (EXACT, None, ())
    assert len(index) == report.images == 4000


def test_every_vector_is_in_the_index_once(
    stream: Stream, built: tuple[FaissIndex, IndexReport]
) -> None:
    index, report = built
    assert sorted(index.ids.tolist()) == sorted(stream.ids.tolist())
    assert report.images == 4000
    np.testing.assert_allclose(index.vectors(stream.ids[:9]), stream.vectors[:9], atol=1e-3)


def test_it_finds_what_it_must_and_says_what_was_tried(
    stream: Stream, built: tuple[FaissIndex, IndexReport]
) -> None:
    index, report = built
    assert {one.codes for one in report.tried} == set(candidates(4000))
    assert report.codes == report.tried[0].codes
    assert report.tuned is not None
    assert report.tuned in report.efforts
    assert report.tuned.recall >= LIMITS.target_recall
    queries = Stream(4000).vectors[:200]
    nearest = np.argsort(-(queries @ stream.vectors.T), axis=1)[:, :10]
    found = index.search(queries, 10).ids
    right = [np.isin(stream.ids[at], ids).mean() for at, ids in zip(nearest, found, strict=True)]
    assert np.mean(right) >= 0.93  # these 200 are not those that it was tuned with


def test_the_catalog_is_read_once_besides_a_sample(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "EXACT_BELOW", 1000)
    before = stream.read
    build_index(stream, LIMITS, inf, QUIET)
    assert stream.read == before + 1


def test_trials_that_still_hold_are_not_done_again(
    stream: Stream, built: tuple[FaissIndex, IndexReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "EXACT_BELOW", 1000)
    monkeypatch.setattr(journey, "try_index", None)
    report = build_index(stream, LIMITS, inf, QUIET, built[1].tried)[1]
    assert report.codes == built[1].codes
    assert report.tried == built[1].tried


def test_little_memory_takes_the_smallest_codes(
    stream: Stream, built: tuple[FaissIndex, IndexReport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "EXACT_BELOW", 1000)
    report = build_index(stream, Limits(0.95, 1), inf, QUIET, built[1].tried)[1]
    smallest = min(report.tried, key=lambda one: one.expected_memory)
    assert report.codes == smallest.codes
    assert all("of memory" in one.verdict for one in report.tried[1:])


@pytest.mark.parametrize("images", [EXACT_BELOW, 10**6, 10**7, 10**9])
def test_a_sample_is_bounded_whatever_the_size(images: int) -> None:
    assert sample_for(images) <= min(images, 40 * 8 * images**0.5 + 101_000)
