"""Which queries count, when a shift is warned of, and what a new version changes."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from api.schemas import Page, SimilarQuery
from api.watching import window
from api.watching.drift import LEAST
from api.watching.watch import EVERY, Watch, is_comparable
from search.answers import Answer, IndexState, Query, Result, Took
from search.catalog.records import Product
from search.predictions.taxonomy import CategoryShare
from search.versions.manifest import Manifest

EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
REFERENCE: dict[str, Any] = {
    "scores": {"edges": EDGES, "shares": [0.1] * 10},
    "categories": {"Hats": 0.5, "Mugs": 0.3, "Lamps": 0.2},
    "queries": 300,
}
PRODUCT = Product("p1", "Hat", "", "Hats", "", None, "", None, "", {})
MANIFEST = Manifest(
    version=3,
    built_at="2026-01-02T03:04:05+00:00",
    spec="efficientnet_lite0",
    backbone="b" * 16,
    head="h" * 16,
    head_kind="whitened",
    products=2,
    images=3,
    revision=4,
    image_root="/photos",
    reference=REFERENCE,
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def answer(score: float = 0.5, category: str | None = "Hats", version: int = 3) -> Answer:
    return Answer(
        query=Query("again", (100, 80), (0, 0, 100, 80)),
        categories=[CategoryShare(category, 0.9)] if category else [],
        category=[],
        category_status="ok",
        attributes={},
        results=[Result("p1", score, 1, "a.jpg", PRODUCT)],
        facets={},
        index=IndexState(version, 4, "efficientnet_lite0+whitened", MANIFEST.built_at),
        took_ms=Took(0, 0, 0, 0),
        request_id="r",
    )


def usual(seed: int, count: int) -> Iterator[Answer]:
    """Answers that are distributed as the reference is."""
    random = np.random.default_rng(seed)
    paths = random.choice(["Hats", "Mugs", "Lamps"], count, p=[0.5, 0.3, 0.2])
    for score, path in zip(random.uniform(0, 1, count), paths, strict=True):
        yield answer(float(score), str(path))


def low(seed: int, count: int) -> Iterator[Answer]:
    """The usual categories, and low scores."""
    for one in usual(seed, count):
        yield replace(one, results=[replace(one.results[0], score=one.results[0].score / 4)])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Watch:
    return Watch(clock)


def send(watch: Watch, clock: Clock, answers: Iterator[Answer]) -> None:
    """A query every 6 seconds, so that each is followed by a comparison."""
    for one in answers:
        clock.now += EVERY + 1
        watch.note(Page(), one, MANIFEST)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.message for one in caplog.records if one.levelno == logging.WARNING]


def test_usual_queries_are_not_warned_of(
    watch: Watch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    send(watch, clock, usual(1, 300))
    look = watch.look(MANIFEST)
    assert look.drift is not None
    assert look.drift.categories is not None
    assert (look.window, look.drift.window) == (300, 300)
    assert look.drift.scores.psi < 0.1 > look.drift.categories.psi
    assert (look.drift.shifted, look.drift.since, look.reason) == (False, None, None)
    assert look.drift.scores.expected == [0.1] * 10
    assert look.drift.categories.expected == REFERENCE["categories"]
    assert sum(look.drift.scores.recent) == pytest.approx(1, abs=1e-3)
    assert not warnings(caplog)


def test_shifted_scores_are_warned_of_once_with_what_to_do_and_again_when_it_is_over(
    watch: Watch, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "MOST", 200)
    send(watch, clock, low(1, 250))
    found = watch.look(MANIFEST).drift
    assert found is not None
    assert found.categories is not None
    assert found.scores.psi > 0.25
    assert (found.shifted, found.scores.shifted, found.categories.shifted) == (True, True, False)
    assert found.since is not None
    (warning,) = warnings(caplog)
    assert "held-out ones of version 3" in warning
    assert "scores shifted (PSI" in warning
    assert "categories" not in warning
    assert "% of the first results score less than 0.100, not 10%" in warning
    assert "indexer evaluate" in warning
    send(watch, clock, usual(2, 250))
    assert len(warnings(caplog)) == 2
    assert warnings(caplog)[1].endswith("look like the held-out ones of version 3 again")
    now = watch.look(MANIFEST).drift
    assert now is not None
    assert (now.shifted, now.since) == (False, None)


def test_shifted_categories_are_warned_of_by_name(
    watch: Watch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    answers = usual(1, 200)
    named = (replace(one, categories=[CategoryShare("Shoes", 0.9)]) for one in answers)
    send(watch, clock, named)
    (warning,) = warnings(caplog)
    assert "100% show 'Shoes', not 0%" in warning
    assert "scores" not in warning


def test_queries_without_a_category_are_not_compared_by_category(
    watch: Watch, clock: Clock
) -> None:
    send(watch, clock, (replace(one, categories=[]) for one in usual(1, 200)))
    found = watch.look(MANIFEST).drift
    assert found is not None
    assert (found.window, found.categories, found.shifted) == (200, None, False)


def test_too_few_queries_are_compared_with_nothing(watch: Watch, clock: Clock) -> None:
    send(watch, clock, low(1, LEAST - 1))
    look = watch.look(MANIFEST)
    assert (look.window, look.drift) == (LEAST - 1, None)
    assert f"and {LEAST - 1} can be compared so far" in str(look.reason)
    send(watch, clock, low(2, 1))
    assert watch.look(MANIFEST).drift is not None


def test_it_looks_again_after_seconds_only(watch: Watch, clock: Clock) -> None:
    send(watch, clock, usual(1, LEAST))
    watch.note(Page(), answer(), MANIFEST)
    assert watch.look(MANIFEST).window == LEAST
    clock.now += EVERY
    assert watch.look(MANIFEST).window == LEAST + 1


def test_a_new_version_starts_anew(
    watch: Watch, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    send(watch, clock, low(1, 200))
    newer = replace(MANIFEST, version=4)
    assert watch.look(newer).window == 0
    clock.now += EVERY
    watch.note(Page(), answer(version=4), newer)
    watch.note(Page(), answer(version=3), newer)  # answered while the versions changed
    clock.now += EVERY
    assert watch.look(newer).window == 1
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (None, "does not say what held-out queries look like"),
        ({}, "reference.scores: Field required"),
        (REFERENCE | {"queries": 9}, "reference.queries"),
        (REFERENCE | {"scores": {"edges": EDGES[::-1], "shares": [0.1] * 10}}, "must ascend"),
        (REFERENCE | {"scores": {"edges": EDGES, "shares": [0.2] * 10}}, "must sum to 1"),
        (REFERENCE | {"categories": {"Hats": -1}}, "reference.categories.Hats"),
    ],
)
def test_a_version_with_no_usable_reference_is_never_warned_of(
    watch: Watch,
    clock: Clock,
    reference: Any,
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    manifest = replace(MANIFEST, reference=reference)
    for one in low(1, LEAST + 10):
        watch.note(Page(), one, manifest)
    look = watch.look(manifest)
    assert look.drift is None
    assert reason in str(look.reason)
    assert "indexer build" in str(look.reason)
    assert not caplog.records


def test_only_whole_pictures_asked_of_the_whole_catalog_count() -> None:
    found = answer()
    assert is_comparable(SimilarQuery(image="a.jpg", k=1, facets=["brand"]), found)
    for page in (
        SimilarQuery(image="a.jpg", filter=["brand:acme"]),
        SimilarQuery(image="a.jpg", offset=10),
        SimilarQuery(image="a.jpg", min_match=0.1),
        SimilarQuery(image_id="again"),
    ):
        assert not is_comparable(page, found)
    whole = SimilarQuery(image="a.jpg", box=(0, 0, 100, 80))
    assert is_comparable(whole, found)
    for query in (
        replace(found.query, product_id="p1"),
        replace(found.query, box=(0, 0, 50, 80)),
    ):
        assert not is_comparable(Page(), replace(found, query=query))
    assert not is_comparable(Page(), replace(found, results=[]))
