"""How good the answers to all photos are: from judged photos to every figure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from indexer.asking import Failure, is_within
from indexer.evaluating.judging import Judged
from indexer.evaluating.metrics import Values, class_scores, macro_scores, recall_at
from indexer.evaluating.records import CategoryFigures, Confusion, Evaluation, Metric
from indexer.requirements import Checked, Requirement
from search.answers import IndexState
from search.arrays import Ids
from search.catalog.records import CATEGORY_SEPARATOR

_WORST = 24


def summarize(
    index: IndexState,
    judged: Sequence[Judged],
    failed: list[Failure],
    requirements: Sequence[Requirement],
    asked: Literal["photos", "queries"] = "photos",
) -> Evaluation:
    """All figures, from at least one that can be judged of the photos or people's queries."""
    standards = Counter(one.by for one in judged)
    sorted_in = [one for one in judged if one.category]
    metrics = _retrieval(judged) | _levels(sorted_in) | _macro(sorted_in)
    metrics |= _rejections(judged)
    return Evaluation(
        index=index,
        asked=asked,
        photos=len(judged),
        by_product=standards["product"],
        by_category=standards["category"],
        by_nothing=standards[None],
        metrics=metrics,
        categories=_categories(sorted_in),
        confused=_confused(sorted_in),
        worst=_worst(judged),
        failed=failed,
        requirements=[_check(one, metrics) for one in requirements],
    )


def _retrieval(judged: Sequence[Judged]) -> dict[str, Metric | None]:
    rated = [one for one in judged if one.by]
    ranks = _ranks(rated)
    found = {f"recall@{k}": Metric.mean(recall_at(ranks, k)) for k in (1, 5, 10)}
    return found | {"map": Metric.mean(np.array([one.precision for one in rated], np.float64))}


def _levels(sorted_in: Sequence[Judged]) -> dict[str, Metric | None]:
    right = [is_within(one.predicted, one.category) for one in sorted_in]
    by_level: defaultdict[int, list[bool]] = defaultdict(list)
    for one in sorted_in:
        levels = _split(one.category)
        agree = [a == b for a, b in zip(_split(one.predicted), levels, strict=False)]
        for depth in range(1, len(levels) + 1):
            by_level[depth].append(len(agree) >= depth and all(agree[:depth]))
    levels_found = {
        f"category@{one}": Metric.mean(np.array(by_level[one])) for one in sorted(by_level)
    }
    return {"category": Metric.mean(np.array(right))} | levels_found


def _macro(sorted_in: Sequence[Judged]) -> dict[str, Metric | None]:
    if not sorted_in:
        return dict.fromkeys(("precision", "recall", "f1"))
    _, true, predicted = _labels(sorted_in)
    scores = macro_scores(true, predicted)
    named = {"precision": scores.precision, "recall": scores.recall, "f1": scores.f1}
    return {name: Metric.of(interval, len(sorted_in)) for name, interval in named.items()}


def _rejections(judged: Sequence[Judged]) -> dict[str, Metric | None]:
    """Photos of a file have none."""
    known = [one.is_rejected for one in judged if one.is_rejected is not None]
    return {"rejected@1": Metric.mean(np.array(known, np.float64))} if known else {}


def _categories(sorted_in: Sequence[Judged]) -> list[CategoryFigures]:
    names, true, predicted = _labels(sorted_in)
    scores = class_scores(true, predicted, len(names))
    own: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in sorted_in:
        own[one.category].append(one)
    return [
        CategoryFigures(
            category=name,
            photos=len(own[name]),
            recall_at_1=Metric.mean(recall_at(_ranks([one for one in own[name] if one.by]), 1)),
            precision=float(scores.precision[at]),
            recall=float(scores.recall[at]),
            f1=float(scores.f1[at]),
        )
        for at, name in enumerate(names)
    ]


def _confused(sorted_in: Sequence[Judged]) -> list[Confusion]:
    pairs = Counter((one.category, _cut(one)) for one in sorted_in if _cut(one) != one.category)
    return [
        Confusion(category, predicted, photos)
        for (category, predicted), photos in sorted(pairs.items(), key=lambda it: (-it[1], it[0]))
    ]


def _worst(judged: Sequence[Judged]) -> list[Judged]:
    late = [one for one in judged if one.by and one.rank != 1]
    late.sort(key=lambda one: (-_place(one), -one.first[0].score if one.first else 0, one.image))
    return late[:_WORST]


def _check(requirement: Requirement, metrics: Mapping[str, Metric | None]) -> Checked:
    metric = metrics.get(requirement.metric)
    return requirement.check(metric.value if metric else None)


def _labels(sorted_in: Sequence[Judged]) -> tuple[list[str], Ids, Ids]:
    """The photos' categories in order, and (n,) labels: true ones and predicted ones, -1 others."""
    names = sorted({one.category for one in sorted_in})
    label = {name: at for at, name in enumerate(names)}
    true = np.array([label[one.category] for one in sorted_in], np.int64)
    return names, true, np.array([label.get(_cut(one), -1) for one in sorted_in], np.int64)


def _cut(one: Judged) -> str:
    """What was predicted, to as many levels as the photo's category has."""
    return CATEGORY_SEPARATOR.join(_split(one.predicted)[: len(_split(one.category))])


def _split(path: str) -> list[str]:
    return path.split(CATEGORY_SEPARATOR)


def _ranks(judged: Sequence[Judged]) -> Values:
    return np.array([_place(one) for one in judged], np.float64)


def _place(one: Judged) -> float:
    return float("inf") if one.rank is None else one.rank
