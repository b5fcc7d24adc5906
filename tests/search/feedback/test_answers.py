"""Answers can be judged for a while, and then they are forgotten."""

import pytest

from search.errors import AnswerForgotten
from search.feedback.answers import (
    LIFETIME,
    MEMORY,
    GivenAnswer,
    RecentAnswers,
    ShownResult,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def an_answer(version: int = 1, size: int = 8) -> GivenAnswer:
    return GivenAnswer(version, "b", None, bytes(size), {"p": ShownResult(0.5, 1)})


def test_an_answer_is_forgotten_when_its_time_is_over() -> None:
    clock = Clock()
    kept = RecentAnswers(clock)
    kept.keep("r", an_answer())
    clock.now = LIFETIME - 1
    assert kept.get("r") == an_answer()
    clock.now = LIFETIME
    with pytest.raises(AnswerForgotten, match=r"'r' is not known here any more .*60 minutes"):
        kept.get("r")


def test_the_oldest_are_forgotten_when_memory_is_full() -> None:
    kept = RecentAnswers()
    for number in range(6):
        kept.keep(str(number), an_answer(number, MEMORY // 4 - 1_000))
    for number in (0, 1):
        with pytest.raises(AnswerForgotten):
            kept.get(str(number))
    assert [kept.get(str(number)).version for number in range(2, 6)] == [2, 3, 4, 5]


def test_the_last_answer_of_an_id_counts_and_counts_once() -> None:
    clock = Clock()
    kept = RecentAnswers(clock)
    for number in range(10):
        clock.now = float(number)
        kept.keep("mine", an_answer(number, MEMORY // 2))
    assert kept.get("mine").version == 9
    clock.now = LIFETIME + 5
    assert kept.get("mine").version == 9, "it is as young as its last answer"


def test_the_memory_is_enough_for_thousands_of_answers() -> None:
    results = {f"p{number}": ShownResult(0.5, number) for number in range(10)}
    assert MEMORY // GivenAnswer(1, "b", None, bytes(2 * 1280), results).bytes > 10_000
