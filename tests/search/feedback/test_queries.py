"""Judged queries as arrays, and the categories that people named as votes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from search import SearchEngine
from search.catalog.catalog import Catalog
from search.catalog.features import STORED
from search.catalog.tables import feedback
from search.embedding.head import Head
from search.feedback import queries
from search.feedback.queries import confirmed_queries, read_queries
from search.feedback.votes import ConfirmedVotes

BACKBONE = "0123456789abcdef"


def put(catalog: Catalog, features: list[float], category: str = "", **more: str) -> None:
    row = {
        "given_at": datetime.now(UTC).replace(tzinfo=None),
        "request_id": "r",
        "product_id": "",
        "verdict": "",
        "category": category,
        "version": 1,
        "score": None,
        "asked": None,
        "backbone": BACKBONE,
        "features": np.array(features, STORED).tobytes(),
    }
    with catalog.engine.begin() as connection:
        connection.execute(insert(feedback).values(row | more))


def loaded(catalog: Catalog, head: Head | None = None) -> ConfirmedVotes:
    return ConfirmedVotes.load(catalog.engine, BACKBONE, head or Head())


def vector(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([values], np.float32)


class TestReading:
    def test_each_row_says_what_was_said(self, catalog: Catalog) -> None:
        put(catalog, [1, 0], product_id="p1", verdict="same", asked="p9")
        put(catalog, [0, 1], "Things", request_id="s")
        put(catalog, [0, 1, 0], "Things", backbone="another")
        found = read_queries(catalog.engine, BACKBONE)
        assert len(found) == 2
        assert found.features.dtype == np.float32
        assert found.features.tolist() == [[1, 0], [0, 1]]
        assert (found.request_ids, found.asked) == (["r", "s"], ["p9", ""])
        assert (found.product_ids, found.verdicts) == (["p1", ""], ["same", ""])
        assert found.categories == ["", "Things"]

    def test_where_nothing_was_said_there_is_nothing(self, catalog: Catalog) -> None:
        assert len(read_queries(catalog.engine, BACKBONE)) == 0
        features, categories = confirmed_queries(catalog.engine, BACKBONE)
        assert (features.shape, categories) == ((0, 0), [])

    def test_only_the_newest_are_read(
        self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "MOST", 2)
        for number in range(4):
            put(catalog, [number, 1], request_id=str(number))
        assert read_queries(catalog.engine, BACKBONE).request_ids == ["2", "3"]

    def test_categories_that_the_catalog_has_no_more_are_left_out(self, catalog: Catalog) -> None:
        put(catalog, [1, 0], "Things > Round")
        put(catalog, [0, 1], "Renamed > Round")
        put(catalog, [1, 1], product_id="p1", verdict="same")
        features, categories = confirmed_queries(catalog.engine, BACKBONE)
        assert (features.tolist(), categories) == ([[1, 0]], ["Things > Round"])


class TestVotes:
    def test_the_nearest_vote_with_their_cosine(self, catalog: Catalog) -> None:
        put(catalog, [2, 0], "Things > Round")
        put(catalog, [0, 3], "Things > Square")
        put(catalog, [-1, 0], "Things > Round")
        votes = loaded(catalog).votes(vector(0.8, 0.6), 2)
        assert [path for path, _ in votes] == ["Things > Round", "Things > Square"]
        assert [score for _, score in votes] == pytest.approx([0.8, 0.6], abs=1e-6)

    def test_of_several_views_the_best_counts(self, catalog: Catalog) -> None:
        put(catalog, [0, 1], "Things > Square")
        views = np.eye(2, dtype=np.float32)
        assert loaded(catalog).votes(views, 5) == [("Things > Square", 1.0)]

    def test_they_are_compared_under_the_head(self, catalog: Catalog) -> None:
        put(catalog, [1, 0], "Things > Round")
        turned = np.array([[0, 1], [1, 0]], np.float32)
        head = Head("turned", np.zeros(2, np.float32), turned)
        assert loaded(catalog, head).votes(vector(0, 1), 1) == [("Things > Round", 1.0)]

    def test_nobody_votes_where_nothing_was_said(self, catalog: Catalog) -> None:
        assert loaded(catalog).votes(vector(1, 0), 3) == []

    def test_they_catch_up_with_what_was_said_since(self, catalog: Catalog) -> None:
        before = loaded(catalog)
        assert before.caught_up(catalog.engine) is before
        put(catalog, [1, 0], "Things > Round")
        after = before.caught_up(catalog.engine)
        assert before.categories == ()
        assert after.categories == ("Things > Round",)
        assert after.caught_up(catalog.engine) is after

    def test_verdicts_are_passed_over(self, catalog: Catalog) -> None:
        put(catalog, [1, 0], "Things > Round")
        before = loaded(catalog)
        put(catalog, [1, 1], product_id="p1", verdict="same")
        after = before.caught_up(catalog.engine)
        assert after.newest > before.newest
        assert after.vectors is before.vectors
        assert after.caught_up(catalog.engine) is after

    def test_a_named_category_votes_for_the_same_picture(
        self, engine: SearchEngine, catalog: Catalog, photo: Callable[[int], Path]
    ) -> None:
        backbone = engine.embedder.backbone.fingerprint
        empty = ConfirmedVotes.load(catalog.engine, backbone, engine.embedder.head)
        engine.feedback(engine.similar(photo(3)).request_id, category="Things > Square")
        votes = empty.caught_up(catalog.engine).votes(engine.embedder.embed(photo(3)), 10)
        ((path, score),) = votes
        assert path == "Things > Square"
        assert score > 0.999
