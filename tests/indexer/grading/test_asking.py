"""Whatever the chunks, the nearest products of what is not hidden are found, best first."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sqlalchemy import update

from indexer.grading.asking import Asked, Question, ask, question
from indexer.grading.best import DEPTH
from indexer.grading.probes import draw_folds
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.catalog.database import writing
from search.catalog.tables import images
from search.embedding.head import Head
from tests.indexer.grading.conftest import UNTUNED, copied, sample_of
from tests.indexer.tuning.conftest import DIM, Photo, photos_of

Made = Callable[..., Workbench]

HEAD = Head("tuned", np.full(DIM, 0.01, np.float32), np.eye(DIM, 12, dtype=np.float32))


def mixed() -> list[Photo]:
    """150 products of four images, of which each chunk holds some: more than are looked at."""
    photos = photos_of(150, 4, 1.0)
    order = np.random.default_rng(0).permutation(len(photos))
    return copied([photos[at] for at in order], 3, 77, 140)


def questions_of(sample: Sample) -> list[Question]:
    """With heads that were not fitted on anything."""
    folds = draw_folds(sample, UNTUNED)
    return [
        question(sample, replace(fold, head=head))
        for fold, head in zip(folds, (HEAD, Head()), strict=True)
    ]


def asked_of(bench: Workbench, sample: Sample) -> list[Asked]:
    return ask(bench.catalog, bench.store, questions_of(sample))


def by_hand(sample: Sample, questions: list[Question], one: Asked) -> dict[str, float]:
    """The score of every product's best image that is not hidden."""
    fold = questions[one.fold].fold
    vectors = fold.head.apply(sample.labelled.features)
    scores = (vectors @ vectors[sample.rows.index(one.row)]).tolist()
    best: dict[str, float] = {}
    for row, score, hides in zip(sample.rows, scores, fold.hidden, strict=True):
        if not hides:
            best[row.product_id] = max(score, best.get(row.product_id, -1.0))
    return best


def test_what_is_found_is_what_comparing_one_by_one_finds_whatever_the_chunks(
    bench_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = bench_of(mixed())
    sample = sample_of(bench)
    questions = questions_of(sample)
    chunks = bench.store.chunks
    for size in (41, 256, 4096):
        monkeypatch.setattr(bench.store, "chunks", partial(chunks, size))
        asked = ask(bench.catalog, bench.store, questions)
        assert {one.fold for one in asked} == {0, 1}
        for one in asked[::17]:
            truth = by_hand(sample, questions, one)
            scores = [it.score for it in one.found]
            wanted = sorted(truth.values(), reverse=True)[:DEPTH]
            np.testing.assert_allclose(scores, wanted, atol=1e-5)
            names = [it.product.product_id for it in one.found]
            assert len(set(names)) == len(names)
            np.testing.assert_allclose(scores, [truth[name] for name in names], atol=1e-5)


def test_an_absent_product_is_never_found_and_another_one_where_it_should(bench_of: Made) -> None:
    bench = bench_of(photos_of(30, 6, 3.0))
    asked = asked_of(bench, sample_of(bench))
    absent = [one for one in asked if one.kind == "absent"]
    product = [one for one in asked if one.kind == "product"]
    assert absent
    assert all(one.rank == float("inf") for one in absent)
    assert product
    assert np.mean([one.rank == 1 for one in product]) > 0.9


def test_an_image_that_the_catalog_turned_away_is_not_found(bench_of: Made) -> None:
    bench = bench_of(photos_of(30, 6, 3.0))
    sample = sample_of(bench)
    with writing(bench.catalog.engine) as connection:
        rejected = update(images).where(images.c.product_id == "p7").values(status="rejected")
        connection.execute(rejected)
    found = [it.product.product_id for one in asked_of(bench, sample) for it in one.found]
    assert "p8" in found
    assert "p7" not in found


def test_features_that_are_no_numbers_find_nothing_and_spoil_nothing(bench_of: Made) -> None:
    photos = photos_of(30, 6, 3.0)
    for at in (1, 50, 51):  # of products that have others too
        photos[at] = replace(photos[at], features=np.full(DIM, np.nan, np.float32))
    photos += [Photo("broken", np.full(DIM, np.inf, np.float32))]
    bench = bench_of(photos)
    sample = sample_of(bench)
    questions = questions_of(sample)
    for one in ask(bench.catalog, bench.store, questions):
        assert np.isfinite([it.score for it in one.found]).all()
        assert {it.product.product_id for it in one.found} == set(by_hand(sample, questions, one))


def test_nothing_is_found_for_nothing(bench_of: Made) -> None:
    bench = bench_of(photos_of(1, 1))
    assert asked_of(bench, sample_of(bench)) == []
