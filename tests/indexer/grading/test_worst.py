"""Categories are ranked by what they are answered worst in."""

from indexer.evaluating.records import Metric
from indexer.grading.records import CategoryGrade
from indexer.grading.worst import category_metrics, worst_first


def of(name: str, **shares: float | None) -> CategoryGrade:
    metrics = {
        metric.replace("_", "@"): None if share is None else Metric(share, 0.0, 1.0, 5)
        for metric, share in shares.items()
    }
    return CategoryGrade(name, metrics)


def test_the_worst_comes_first_and_what_was_not_measured_last() -> None:
    found = [of("A", recall_1=0.5), of("B", recall_1=None), of("C", recall_1=0.1)]
    assert [one.category for one in worst_first(found)] == ["C", "A", "B"]


def test_equal_ones_are_in_the_order_of_their_names() -> None:
    found = [of("B", recall_1=0.5), of("A", recall_1=0.5)]
    assert [one.category for one in worst_first(found)] == ["A", "B"]


def test_the_first_metric_that_any_has_ranks() -> None:
    found = [of("A", recall_1=None, category=0.9), of("B", recall_1=None, category=0.2)]
    assert category_metrics(found) == ["category"]
    assert [one.category for one in worst_first(found)] == ["B", "A"]


def test_none_at_all_are_ranked_by_name() -> None:
    assert worst_first([]) == []
    assert [one.category for one in worst_first([of("B"), of("A")])] == ["A", "B"]
