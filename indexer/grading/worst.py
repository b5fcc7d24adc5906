"""Which categories a version answers worst."""

from collections.abc import Sequence

from indexer.grading.records import CategoryGrade


def category_metrics(categories: Sequence[CategoryGrade]) -> list[str]:
    """The metrics that any of them has, as they come; the first one ranks them."""
    names = dict.fromkeys(name for one in categories for name in one.metrics)
    return [name for name in names if any(one.metrics.get(name) for one in categories)]


def worst_first(categories: Sequence[CategoryGrade]) -> list[CategoryGrade]:
    """Ranked by their first metric; what has none of it comes last, equal ones by name."""
    names = category_metrics(categories)

    def rank(one: CategoryGrade) -> tuple[float, str]:
        metric = one.metrics.get(names[0]) if names else None
        return (metric.value if metric else 2.0, one.category)

    return sorted(categories, key=rank)
