"""A category that people named counts in later predictions, as a neighbour does."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search import SearchEngine
from search.answers import Answer
from search.catalog.records import Product
from search.predictions.evidence import NEIGHBOURS
from search.predictions.predictor import Predictor

Photo = Callable[[int], Path]

NAMED = "Things > Square"


def p(answer: Answer) -> float:
    """Of the category that is named."""
    return {one.path: one.p for one in answer.categories}.get(NAMED, 0.0)


@pytest.fixture
def new_picture(draw: Callable[..., Image.Image]) -> Image.Image:
    """Of nothing that the catalog has."""
    return draw(41, 96, 96)


def name(engine: SearchEngine, picture: Image.Image) -> None:
    engine.feedback(engine.similar(picture).request_id, category=NAMED)


@pytest.mark.parametrize("degrees", [0, 3])
def test_the_same_and_a_similar_picture_get_the_category_that_was_named(
    engine: SearchEngine, new_picture: Image.Image, degrees: int
) -> None:
    picture = new_picture.rotate(degrees)
    before = engine.similar(picture)
    name(engine, new_picture)
    after = engine.similar(picture)
    assert p(after) > p(before)
    assert after.categories[0].path == NAMED
    assert after.category[-1].path == NAMED
    assert after.results == before.results


def test_it_holds_after_reopening(
    engine: SearchEngine, index: Path, new_picture: Image.Image
) -> None:
    name(engine, new_picture)
    known = engine.similar(new_picture)
    with closing(SearchEngine.open(index)) as reopened:
        assert reopened.similar(new_picture).categories == known.categories


def test_another_engine_knows_of_it_after_refreshing(
    engine: SearchEngine, index: Path, new_picture: Image.Image
) -> None:
    with closing(SearchEngine.open(index)) as other:
        before = other.similar(new_picture).categories
        name(engine, new_picture)
        assert other.similar(new_picture).categories == before
        other.refresh()
        known = engine.similar(new_picture).categories
        assert other.similar(new_picture).categories == known != before


def test_a_verdict_changes_no_category(engine: SearchEngine, photo: Photo) -> None:
    before = engine.similar(photo(3))
    engine.feedback(before.request_id, product_id="p3", verdict="wrong")
    assert engine.similar(photo(3)).categories == before.categories


def test_features_that_may_be_those_of_the_named_query_are_asked_without_it(
    engine: SearchEngine, new_picture: Image.Image
) -> None:
    """Else an evaluation by feedback would find what it is judged by."""
    features = engine.embedder.features(engine.embedder.prepare(new_picture)[None])
    before = engine.similar(features=features).categories
    name(engine, new_picture)
    assert engine.similar(features=features).categories == before


def test_the_ten_nearest_of_products_and_named_queries_vote() -> None:
    vector = np.array([[1, 0]], np.float32)
    product = Product("p", "", "", "Round", "", None, "", None, "", {})
    nearest = [(product, 0.9)] * NEIGHBOURS
    predict = Predictor().predict
    farther = predict(vector, nearest, [("Square", 0.8)] * NEIGHBOURS)
    assert [one.path for one in farther.categories] == ["Round"]
    nearer = predict(vector, nearest, [("Square", 0.95)] * (NEIGHBOURS - 1))
    assert [one.path for one in nearer.categories] == ["Square", "Round"]
    assert predict(vector, [], [("Square", 0.5)]).categories[0].p == 1
