"""The page of ``indexer report``: metrics, categories, matches, predictions, attributes."""

from dataclasses import dataclass
from pathlib import Path

from indexer.evaluating.records import Metric
from indexer.grading import wording
from indexer.grading.reading import GradedVersion
from indexer.grading.records import Grade
from indexer.grading.worst import category_metrics, worst_first
from indexer.indexing import wording as index_wording
from indexer.regions import wording as regions_wording
from indexer.reports.grade_charts import reliability_chart, score_chart
from indexer.reports.pages import write_page

_HEADLINES = {
    "recall@1": "Recall@1",
    "recall@5": "Recall@5",
    "recall@10": "Recall@10",
    "map": "mAP",
    "category": "Category",
}
_SHOWN = 25
"""Categories that are seen at once; the rest unfolds."""


@dataclass(frozen=True, slots=True)
class _Category:
    """A category with what its bar shows and the other metrics; None where not measured."""

    name: str
    first: Metric | None
    others: list[tuple[str, Metric]]


def write_grade_report(path: Path, version: GradedVersion) -> None:
    """Write the page; raises OSError."""
    grade = version.grade
    names = category_metrics(grade.categories)
    rows = [
        _Category(
            one.category,
            one.metrics.get(names[0]) if names else None,
            [(name, metric) for name in names[1:] if (metric := one.metrics.get(name))],
        )
        for one in worst_first(grade.categories)
    ]
    context = {
        "version": version,
        "grade": grade,
        "wording": wording,
        "index": index_wording,
        "regions": regions_wording,
        "headlines": _HEADLINES,
        "ranked_by": names[0] if names else "",
        "categories": rows[:_SHOWN],
        "more": rows[_SHOWN:],
        "scores": score_chart(grade.scores),
        "p_same": _p_same(grade),
        "p_category": _p_category(grade),
    }
    write_page(path, "grade.html", context)


def _p_same(grade: Grade) -> str | None:
    if grade.match is None:
        return None
    none, same = grade.match.none, grade.match.same
    limits = {"none <": none, "≤ same": same} if none < same else {"none < same": same}
    return reliability_chart(grade.match.reliability, "p_same of the first result", limits)


def _p_category(grade: Grade) -> str | None:
    if grade.prediction is None:
        return None
    return reliability_chart(grade.prediction.reliability, "p of the first category", {})
