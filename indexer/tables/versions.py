"""What the commands about versions show."""

from datetime import datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from search.versions.history import History, VersionLine


def versions_table(history: History) -> Table:
    """One line for each version, newest first."""
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for name in ("version", "built", "model", "products", "images", "grade", ""):
        is_text = name in ("built", "model", "")
        table.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for line in history.versions:
        table.add_row(*(Text(cell) for cell in _line(line, line.version == history.live)))
    return table


def _line(line: VersionLine, is_live: bool) -> tuple[str, ...]:
    built = datetime.fromisoformat(line.built_at).astimezone()
    grade = "–" if line.grade is None else f"{line.grade:.1%}"
    states = ("live", is_live), ("damaged", line.damaged)
    state = ", ".join(name for name, holds in states if holds)
    counts = str(line.products), str(line.images)
    return str(line.version), f"{built:%Y-%m-%d %H:%M}", line.model, *counts, grade, state


def rollback_summary(line: VersionLine, index: Path) -> Text:
    """One line."""
    return Text(
        f"Version {line.version} in '{index}' is live: {line.products} products, "
        f"{line.images} images by {line.model}"
    )
