"""Progress bars on stderr: nothing when it is not a terminal."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import ProgressColumn as Column
from rich.text import Text

Item = TypeVar("Item")

_SELDOM = 1_000
"""Moving a bar costs more than reading a row."""


class RateColumn(Column):
    """How many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


class Steps:
    """A command's steps, each with its bar, rate and time left."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> "Steps":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def count(self, name: str, items: Iterable[Item]) -> Iterator[Item]:
        """Pass ``items`` on, counting them under a bar whose end is known only at the end."""
        task = self._bars.add_task(name, total=None)
        done = 0
        for done, item in enumerate(items, start=1):
            yield item
            if done % _SELDOM == 0:
                self._bars.update(task, completed=done)
        self._bars.update(task, completed=done, total=done)

    def start(self, name: str, total: int) -> "Step":
        """A bar for ``total`` things."""
        return Step(self._bars, name, total)


class Step:
    """One bar; call it with how many more are done."""

    def __init__(self, bars: Progress, name: str, total: int) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=total)

    def __call__(self, done: int) -> None:
        self._bars.advance(self._task, done)
