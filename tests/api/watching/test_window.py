"""What is remembered of recent queries, and for how long."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from api.watching import window
from api.watching.window import LIFETIME, MOST, Window


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_bins_and_categories_are_counted() -> None:
    seen = Window(3)
    for score_bin, category in ((0, "Hats"), (2, "Hats"), (2, "")):
        seen.add(score_bin, category)
    scores, categories = seen.counts()
    assert scores.tolist() == [1, 0, 2]
    assert categories == {"Hats": 2, "": 1}


def test_an_empty_window_has_a_0_for_each_bin() -> None:
    scores, categories = Window(3).counts()
    assert scores.tolist() == [0, 0, 0]
    assert not categories


def test_only_the_last_ones_are_remembered() -> None:
    seen = Window(2)
    for number in range(MOST + 30):
        seen.add(int(number >= 30), str(number))
    scores, categories = seen.counts()
    assert scores.tolist() == [0, MOST]
    assert "29" not in categories


def test_a_query_is_forgotten_after_a_day() -> None:
    clock = Clock()
    seen = Window(1, clock)
    seen.add(0, "old")
    clock.now = LIFETIME - 1
    seen.add(0, "new")
    assert set(seen.counts()[1]) == {"old", "new"}
    clock.now = LIFETIME
    assert set(seen.counts()[1]) == {"new"}


def test_many_threads_may_add_and_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MOST", 100_000)
    seen = Window(1)

    def work(number: int) -> None:
        for _ in range(500):
            seen.add(0, str(number))
            if _ % 50 == 0:
                seen.counts()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(partial(work, number)) for number in range(8)]:
            done.result()
    assert seen.counts()[0].tolist() == [4000]
