"""The page of ``indexer evaluate``: metrics, categories, confusions, the worst photos."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.evaluating.judging import Found, Judged
from indexer.evaluating.records import Evaluation
from indexer.progress import Steps
from indexer.reports.confusions import confusion_chart
from indexer.reports.pages import write_page
from search.fetching.fetcher import Fetcher
from search.images.thumbnails import data_uri_of

_CONFUSED = 15
_PAIRS = 12
_HEADLINES = {
    "recall@1": "Recall@1",
    "recall@5": "Recall@5",
    "recall@10": "Recall@10",
    "map": "mAP",
    "rejected@1": "Rejected@1",
    "category": "Category",
    "f1": "Macro F1",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A photo beside its first results, each with its picture as a data URI where there is one."""

    photo: Judged
    picture: str | None
    results: list[tuple[Found, str | None]]


def write_evaluation_report(
    path: Path, evaluation: Evaluation, fetch_allow: tuple[str, ...], steps: Steps
) -> None:
    """Write the page; pictures that cannot be read (any more) are left blank. Raises OSError."""
    step = steps.start("Pictures", len(evaluation.worst))
    worst = []
    with Fetcher(allow=fetch_allow) as fetcher:
        for photo in evaluation.worst:
            worst.append(_row(photo, fetcher))
            step(1)
    context = {
        "evaluation": evaluation,
        "headlines": _HEADLINES,
        "worst": worst,
        "confusion": _confusion(evaluation) if evaluation.confused else None,
        "pairs": evaluation.confused[:_PAIRS],
    }
    write_page(path, "evaluation.html", context)


def _row(photo: Judged, fetcher: Fetcher) -> _Row:
    found = [(one, data_uri_of(one.image, fetcher)) for one in photo.first]
    return _Row(photo, data_uri_of(photo.image, fetcher), found)


def _confusion(evaluation: Evaluation) -> str:
    names = [one.category for one in evaluation.categories]
    label = {name: at for at, name in enumerate(names)}
    wrong: Counter[str] = Counter()
    for pair in evaluation.confused:
        wrong[pair.category] += pair.photos
    cells = [(label[one.category], label.get(one.predicted, -1), one.photos)
             for one in evaluation.confused]  # fmt: skip
    cells += [
        (at, at, one.photos - wrong[one.category]) for at, one in enumerate(evaluation.categories)
    ]
    true, predicted, photos = np.array(cells, np.int64).T
    return confusion_chart(np.repeat(true, photos), np.repeat(predicted, photos), names, _CONFUSED)
