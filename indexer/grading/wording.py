"""What a grade's figures mean, in sentences that the terminal and the page share."""

from indexer.evaluating.records import Metric
from indexer.grading.reading import GradedVersion
from indexer.grading.records import Grade, MatchGrade, PredictionGrade, Reliability
from indexer.tables.printing import per_cent, span

TWINS = "Photos taken along with the catalog's"

_HEADLINES = {
    "product": (
        "Photos of new series",
        "Whole series of photos were held out. Photos from other cameras and places are harder "
        "still: 'indexer evaluate' measures those.",
    ),
    "view": (
        "Changed pictures",
        "Hardly any product has several photos, so its only one was strongly changed and asked: "
        "photos that people take may differ more.",
    ),
    "category": (
        "Products that were taken out",
        "Hardly any product has photos of several series, so a result is right when it is of the "
        "photo's category.",
    ),
}
_QUERIES = {
    "product": "held out of products that stay",
    "absent": "of products that were taken out",
    "view": "strongly changed, of products with only one",
}
NO_MATCH = "No p_same was fitted, so no result is called the same product or none."
NO_PREDICTION = "How often the predicted category is right was not measured."
NO_ATTRIBUTES = "The catalog has no column that was tried."


def measured(version: GradedVersion) -> list[str]:
    """With what the version was asked, whether the catalog changed since, and its own notes."""
    grade = version.grade
    asked = [
        f"{count:,} {_QUERIES.get(kind, kind)}" for kind, count in grade.queries.items() if count
    ]
    lines = [f"Photos asked: {', '.join(asked) or 'none'}; that took {grade.seconds:.1f} s."]
    if grade.revision < version.revision:
        lines.append(
            f"Measured at revision {grade.revision} of the catalog, when the head was fitted; the "
            f"version holds the changes up to {version.revision} too."
        )
    return lines + grade.notes


def headline(grade: Grade) -> tuple[str, str]:
    """What the metrics are of, and what that says."""
    return _HEADLINES[grade.standard]


def exactness(grade: Grade) -> str:
    """What the approximate search misses."""
    if grade.exact is None:
        return "The index was not compared with exact search."
    return f"Of the exact ten nearest images the index finds {grade.exact:.2%}."


def matching(match: MatchGrade) -> list[str]:
    """The thresholds on ``p_same``, and how often they are right."""
    lines = [
        f"A first result is called the same product from p_same {match.same:.2f} on, and none "
        f"below {match.none:.2f}."
    ]
    if match.kept:
        lines.append(
            f"Of the photos whose product comes first, {_share(match.kept)} are not called none."
        )
    if match.refused:
        lines.append(
            f"Of those whose product is not in the catalog, {_share(match.refused)} are called "
            "none."
        )
    return [*lines, calibration(match.reliability)]


def calibration(reliability: Reliability) -> str:
    """How far the probabilities are from what came true, and how far chance alone would be."""
    return (
        f"Calibration error {per_cent(reliability.error)} on {reliability.queries:,} photos; "
        f"perfect probabilities would show {per_cent(reliability.by_chance)} by chance."
    )


def predictors(prediction: PredictionGrade) -> dict[str, Metric]:
    """What a category is told from, with how often the whole path is right."""
    return {
        "votes of the neighbours": prediction.votes,
        "means of the categories": prediction.means,
        "both, as answers show it": prediction.fused,
        "the surest 80 % of these": prediction.confident,
    }


def _share(metric: Metric) -> str:
    return f"{per_cent(metric.value)} ({span(metric.low, metric.high)}, {metric.photos:,} photos)"
