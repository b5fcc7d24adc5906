"""What the engine takes as feedback, and what of it can be read afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from search import SearchEngine
from search.arrays import unit_rows
from search.catalog.catalog import Catalog
from search.errors import (
    AnswerForgotten,
    BadParameter,
    LookalikeError,
    NotAResult,
    ProductNotFound,
    UnknownCategory,
)
from search.feedback.reading import GivenFeedback, count_feedback, read_feedback

Photo = Callable[[int], Path]


def only(catalog: Catalog) -> GivenFeedback:
    (found,) = read_feedback(catalog.engine)
    return found


def cosine(one: object, other: object) -> float:
    rows = unit_rows(np.array([one, other], np.float32))
    return float(rows[0] @ rows[1])


def test_a_verdict_is_read_as_it_was_given(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    answer = engine.similar(photo(3), k=3)
    given = engine.feedback(answer.request_id, product_id="p3", verdict="same")
    found = only(catalog).feedback
    assert found == given
    assert (found.request_id, found.product_id, found.verdict) == (answer.request_id, "p3", "same")
    assert (found.category, found.asked, found.version) == (None, None, 1)
    assert found.score == answer.results[0].score
    age = datetime.now(UTC) - datetime.fromisoformat(found.given_at)
    assert timedelta(0) <= age < timedelta(minutes=1)


def test_the_features_of_the_picture_are_kept(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    engine.feedback(engine.similar(photo(3)).request_id, category="Things > Round")
    embedder = engine.embedder
    found = only(catalog)
    assert found.backbone == embedder.backbone.fingerprint
    assert cosine(found.features, embedder.features(embedder.prepare(photo(3))[None])[0]) > 0.9999


def test_of_a_region_its_own_features_are_kept(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    answer = engine.similar(photo(3), box=(0, 0, 48, 48))
    engine.feedback(answer.request_id, category="Things > Round")
    embedder = engine.embedder
    whole = embedder.features(embedder.prepare(photo(3))[None])[0]
    assert cosine(only(catalog).features, whole) < 0.99


@pytest.mark.parametrize(("judged", "view"), [("p7", 7), ("p0", 0)])
def test_of_a_product_the_picture_that_found_the_result_is_kept(
    engine: SearchEngine, catalog: Catalog, photo: Photo, judged: str, view: int
) -> None:
    """p0 has two pictures, the second one much like that of p7."""
    answer = engine.similar(product_id="p0")
    engine.feedback(answer.request_id, product_id=judged, verdict="similar")
    found = only(catalog)
    assert found.feedback.asked == "p0"
    embedder = engine.embedder
    pictures = embedder.features(np.stack([embedder.prepare(photo(one)) for one in (0, 7)]))
    cosines = [cosine(found.features, one) for one in pictures]
    assert int(np.argmax(cosines)) == (0 if view == 0 else 1)


def test_the_last_word_on_the_same_thing_stays(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    request_id = engine.similar(photo(3)).request_id
    engine.feedback(request_id, product_id="p3", verdict="wrong")
    engine.feedback(request_id, product_id="p3", verdict="same")
    assert only(catalog).feedback.verdict == "same"
    engine.feedback(request_id, product_id="p4", verdict="wrong")
    engine.feedback(request_id, category="Things > Round")
    engine.feedback(request_id, category="Things > Square")
    wanted = {"same": 1, "similar": 0, "wrong": 1, "category": 1}
    assert count_feedback(catalog.engine) == wanted


def test_two_answers_of_one_request_id_are_two_queries(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    """Clients choose their ids, and may choose the same one always."""
    for number in (3, 4):
        engine.similar(photo(number), request_id="mine")
        engine.feedback("mine", product_id="p3", verdict="same")
    assert count_feedback(catalog.engine)["same"] == 2


def test_what_is_on_another_page_was_not_shown(engine: SearchEngine, photo: Photo) -> None:
    answer = engine.similar(photo(3), k=2, offset=2)
    assert answer.request_id not in ("", engine.similar(photo(3)).request_id)
    with pytest.raises(NotAResult, match="'p3' was not among"):
        engine.feedback(answer.request_id, product_id="p3", verdict="same")


def test_an_image_row_is_judged_like_its_product(engine: SearchEngine, catalog: Catalog) -> None:
    answer = engine.similar(product_id="p0", group="image")
    engine.feedback(answer.request_id, product_id="p0", verdict="same")
    assert only(catalog).feedback.score == 1.0


def test_a_category_above_those_of_products_may_be_named(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    engine.feedback(engine.similar(photo(1)).request_id, category=" Things ")
    assert only(catalog).feedback.category == "Things"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"category": "Thing"}, UnknownCategory),
        ({"category": "things"}, UnknownCategory),
        ({"category": "Things > Round > Deep"}, UnknownCategory),
        ({"category": "a\0b"}, LookalikeError),
        ({"category": ""}, BadParameter),
        ({"product_id": "p3", "verdict": "SAME"}, BadParameter),
        ({"product_id": "p3"}, BadParameter),
        ({"verdict": "same"}, BadParameter),
        ({"product_id": "p3", "category": "Things"}, BadParameter),
        ({"product_id": "p3", "verdict": "same", "category": "Things"}, BadParameter),
        ({}, BadParameter),
    ],
)
def test_nonsense_is_refused_and_nothing_is_stored(
    engine: SearchEngine,
    catalog: Catalog,
    photo: Photo,
    given: dict[str, str],
    error: type[LookalikeError],
) -> None:
    request_id = engine.similar(photo(3)).request_id
    with pytest.raises(error):
        engine.feedback(request_id, **given)
    assert not list(read_feedback(catalog.engine))


def test_an_answer_of_another_engine_is_not_known(engine: SearchEngine) -> None:
    with pytest.raises(AnswerForgotten, match="'r1' is not known here"):
        engine.feedback("r1", category="Things")


def test_a_product_that_was_asked_for_and_is_gone_cannot_be_judged_by(
    engine: SearchEngine, catalog: Catalog
) -> None:
    answer = engine.similar(product_id="p5")
    engine.delete("p5")
    with pytest.raises(ProductNotFound, match="'p5' was asked for"):
        engine.feedback(answer.request_id, product_id="p3", verdict="same")
    assert not list(read_feedback(catalog.engine))


def test_a_result_that_is_gone_can_still_be_judged(
    engine: SearchEngine, catalog: Catalog, photo: Photo
) -> None:
    by_picture, by_product = engine.similar(photo(3)), engine.similar(product_id="p4")
    engine.delete("p3")
    for answer in (by_picture, by_product):
        engine.feedback(answer.request_id, product_id="p3", verdict="wrong")
    assert count_feedback(catalog.engine)["wrong"] == 2
