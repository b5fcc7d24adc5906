"""A query that was asked is asked again by its features."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from search import SearchEngine
from search.errors import BadParameter


def test_features_find_what_their_picture_finds(
    engine: SearchEngine, photo: Callable[[int], Path]
) -> None:
    embedder = engine.embedder
    features = embedder.features(embedder.prepare(photo(3))[None])
    again, before = engine.similar(features=features), engine.similar(photo(3))
    assert [one.product_id for one in again.results] == [one.product_id for one in before.results]
    assert again.results[0].score >= 0.999
    assert again.query.image_id is None
    engine.feedback(again.request_id, product_id="p3", verdict="same")


def test_several_rows_are_one_query_and_the_best_counts(
    engine: SearchEngine, photo: Callable[[int], Path]
) -> None:
    embedder = engine.embedder
    both = embedder.features(np.stack([embedder.prepare(photo(one)) for one in (3, 6)]))
    found = engine.similar(features=both, k=2).results
    assert {one.product_id for one in found} == {"p3", "p6"}
    assert all(one.score >= 0.999 for one in found)


@pytest.mark.parametrize("shape", [(1280,), (0, 1280), (1, 7)])
def test_features_of_another_shape_are_refused(
    engine: SearchEngine, shape: tuple[int, ...]
) -> None:
    with pytest.raises(BadParameter, match=r"it must be \(n, 1280\)"):
        engine.similar(features=np.ones(shape, np.float32))


def test_features_stand_alone(engine: SearchEngine) -> None:
    features = np.ones((1, 1280), np.float32)
    with pytest.raises(BadParameter, match="exactly one"):
        engine.similar(features=features, product_id="p3")
    with pytest.raises(BadParameter, match="box needs a picture"):
        engine.similar(features=features, box=(0, 0, 9, 9))
