"""What people said of answers is asked like held-out pictures, each by what is known of it."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pytest
from sqlalchemy import insert

from indexer.grading.asking import Question, question
from indexer.grading.journey import assess
from indexer.grading.judged import with_judged
from indexer.grading.probes import draw_folds
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.database import writing
from search.catalog.features import STORED
from search.catalog.tables import feedback
from tests.indexer.grading.conftest import UNTUNED, sample_of
from tests.indexer.tuning.conftest import DIM, photos_of

Made = Callable[..., Workbench]
Given = tuple[str, str | None, str, str, str]
"""request_id, the product that was asked for, product_id, verdict, category."""


@pytest.fixture
def bench(bench_of: Made) -> Workbench:
    return bench_of(photos_of(40, 6, 2.0, category=lambda one, _: f"C > {one % 4}"))


def say(bench: Workbench, given: Sequence[Given], features: Floats) -> None:
    common = {"given_at": datetime(2026, 1, 2), "version": 1, "score": 0.5}
    backbone = bench.embedder.backbone.fingerprint
    with writing(bench.catalog.engine) as connection:
        for row, one in zip(features, given, strict=True):
            named = dict(
                zip(("request_id", "asked", "product_id", "verdict", "category"), one, strict=True)
            )
            data = row.astype(STORED).tobytes()
            connection.execute(
                insert(feedback), common | named | {"backbone": backbone, "features": data}
            )


def joined(bench: Workbench) -> tuple[list[Question], list[tuple[str, str, str]]]:
    """The questions, and (kind, product, category) of what people judged."""
    sample = sample_of(bench)
    questions = with_judged([question(sample, fold) for fold in draw_folds(sample, UNTUNED)], bench)
    return questions, [
        (kind, row.product_id, row.category)
        for one in questions
        for kind, row, source in zip(one.kinds, one.rows, one.sources, strict=True)
        if source == "judged"
    ]


def test_each_query_is_asked_once_by_what_people_know_of_it(bench: Workbench) -> None:
    first, second = (one.fold.missing for one in joined(bench)[0])
    stays = next(name for name in (f"p{at}" for at in range(40)) if name not in {*first, *second})
    taken = next(iter(second))  # which the fourth query is asked
    given: list[Given] = [
        ("found", None, stays, "same", ""),
        ("found", None, "p9", "wrong", ""),
        ("missing", None, "p4", "wrong", ""),
        ("named", None, "", "", "C > 2"),
        ("maybe", None, "p5", "similar", ""),
        ("a product", "p6", "p7", "same", ""),
        ("gone", None, "p999", "same", ""),
        ("taken out", None, taken, "same", ""),
    ]
    say(bench, given, np.random.default_rng(0).normal(size=(len(given), DIM)).astype(np.float32))
    questions, found = joined(bench)
    assert sorted(found) == sorted(
        [
            ("product", stays, f"C > {int(stays[1:]) % 4}"),
            ("absent", "", ""),
            ("named", "", "C > 2"),
            ("absent", taken, f"C > {int(taken[1:]) % 4}"),
        ]
    )
    for one in questions:
        assert len(one.features) == len(one.rows) == len(one.kinds) == len(one.sources)


def test_what_people_confirm_makes_probabilities_surer_and_leaves_the_metrics(
    bench: Workbench,
) -> None:
    before = assess(bench, sample_of(bench), UNTUNED, 1, None)
    photos = photos_of(40, 12, 2.0, category=lambda one, _: f"C > {one % 4}")
    given: list[Given] = [
        (f"r{at}", None, one.product, "same", "") for at, one in enumerate(photos)
    ]
    say(bench, given, np.stack([one.features for one in photos]))
    after = assess(bench, sample_of(bench), UNTUNED, 1, None)
    assert after.grade["metrics"]["recall@1"] == before.grade["metrics"]["recall@1"]
    assert after.grade["queries"] == before.grade["queries"]
    judged = after.grade["match"]["reliability"]["queries"]
    assert judged == before.grade["match"]["reliability"]["queries"] + len(photos)
    assert after.calibration["matching"]["first"] != before.calibration["matching"]["first"]
