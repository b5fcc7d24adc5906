"""What the tables of several commands are made of."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from indexer.asking import Failure

_NAMED = 10


def figures_table(*names: str) -> Table:
    """A table without lines: a name in the first column, figures in the others."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(names):
        table.add_column(name, justify="right" if at else "left", overflow="fold")
    return table


def per_cent(share: float | None) -> str:
    """A share, 0 to 1, of a hundred; a dash when it was not measured."""
    return "–" if share is None else f"{share:.1%}"


def span(low: float, high: float) -> str:
    """An interval of shares."""
    return f"{low:.1%} – {high:.1%}"


def left_out(failed: Sequence[Failure]) -> Text:
    """How many photos could not be asked about, and the first of them with the reasons."""
    lines = [f"\n{len(failed)} left out:"]
    lines += [f"  {failure.image}: {failure.reason}" for failure in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append("  … (--json names all)")
    return Text("\n".join(lines))
