"""How engines are compared at equal recall."""

import pytest

from benchmarks.index.report import at_recall, best

POINTS = [
    {"setting": "ef 16", "recall": 0.90, "qps": 1000.0},
    {"setting": "ef 32", "recall": 0.94, "qps": 800.0},
    {"setting": "ef 64", "recall": 0.98, "qps": 400.0},
]


def test_between_two_settings_speed_is_on_a_straight_line() -> None:
    assert at_recall(POINTS, 0.95) == pytest.approx(700)


def test_a_setting_that_reaches_the_recall_counts_as_it_is() -> None:
    assert at_recall(POINTS, 0.98) == 400
    assert at_recall(POINTS, 0.80) == 1000


def test_beyond_what_was_measured_there_is_nothing() -> None:
    assert at_recall(POINTS, 0.99) is None


def test_ours_are_compared_with_the_best_peer_that_reaches_the_recall() -> None:
    def engine(recall: float, qps: float, size: float) -> dict[str, object]:
        point = {"setting": "", "recall": recall, "qps": qps}
        return {"points": {"one core": [point]}, "bytes_per_vector": size}

    engines = {
        "ours: a": engine(0.99, 500, 600),
        "ours: b": engine(0.99, 600, 500),
        "slow": engine(0.99, 300, 1000),
        "quick but wrong": engine(0.5, 9000, 100),
    }
    found = best(engines)["recall 0.98"]["one core"]
    assert (found["best_of_ours"], found["best_peer"]) == ("ours: b", "slow")
    assert found["engines"]["ours: b"] == {
        "qps": 600,
        "qps_ratio": 2,
        "bytes_per_vector": 500,
        "bytes_ratio": 0.5,
    }
    assert found["do_not_reach_it"] == ["quick but wrong"]
