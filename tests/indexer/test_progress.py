"""Progress bars: shown on a terminal, silent elsewhere, never in the way of the items."""

import io

from rich.console import Console
from rich.progress import Progress

from indexer.progress import RateColumn, Steps


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_counted_items_pass_unchanged() -> None:
    with Steps(console(terminal=False)) as steps:
        assert list(steps.count("Rows", range(2_500))) == list(range(2_500))


def test_a_terminal_shows_each_step_and_how_far_it_is() -> None:
    screen = console(terminal=True)
    with Steps(screen) as steps:
        assert len(list(steps.count("Rows", range(2_500)))) == 2_500
        done = steps.start("Images", 40)
        done(10)
        done(30)
    assert "Rows" in written(screen)
    assert "2500/2500" in written(screen)
    assert "Images" in written(screen)
    assert "40/40" in written(screen)


def test_nothing_is_written_where_there_is_no_terminal() -> None:
    quiet = console(terminal=False)
    with Steps(quiet) as steps:
        list(steps.count("Rows", range(10)))
        steps.start("Images", 3)(3)
    assert written(quiet).strip() == ""


def test_the_rate_is_whole_items_a_second_and_empty_before_the_first() -> None:
    bars = Progress()
    bars.add_task("Images", total=10)
    (task,) = bars.tasks
    assert RateColumn().render(task).plain == ""
    task.finished_speed = 1234.5
    assert RateColumn().render(task).plain == "1,234/s"
