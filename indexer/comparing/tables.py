"""What ``indexer compare`` prints for people."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.comparing.figures import Comparison
from indexer.tables.printing import figures_table, left_out, per_cent


def parts(comparison: Comparison) -> list[RenderableType]:
    """Summary, metrics side by side, the photos that differ most, those that failed."""
    shown: list[RenderableType] = [_summary(comparison), _metrics(comparison)]
    if comparison.furthest:
        shown += [Text("\nThe answers differ most for"), _furthest(comparison)]
    if comparison.failed:
        shown.append(left_out(comparison.failed))
    return shown


def _summary(comparison: Comparison) -> Text:
    a, b, k = comparison.a.version, comparison.b.version, comparison.k
    lines = [
        f"Versions {a} and {b} on {comparison.photos} photos:",
        f"  {comparison.overlap:.0%} of the first {k} products are in both answers, "
        f"{comparison.moved:.1f} places apart",
    ]
    if comparison.with_product:
        lines.append(
            f"  the right product comes earlier in {b} for {comparison.better} photos, later for "
            f"{comparison.worse}, at the same place for {comparison.same}"
        )
    return Text("\n".join(lines) + "\n")


def _metrics(comparison: Comparison) -> Table:
    a, b = comparison.a, comparison.b
    table = figures_table("", f"version {a.version}", f"version {b.version}", "photos")
    rows = [
        ("Recall@1", a.recall_at_1, b.recall_at_1, comparison.with_product),
        ("Recall@5", a.recall_at_5, b.recall_at_5, comparison.with_product),
        ("Recall@10", a.recall_at_10, b.recall_at_10, comparison.with_product),
        ("MRR", a.mrr, b.mrr, comparison.with_product),
        ("category", a.category, b.category, comparison.with_category),
    ]
    table.add_row("model", Text(a.model), Text(b.model), "")
    for name, one, other, photos in rows:
        table.add_row(name, per_cent(one), per_cent(other), str(photos))
    return table


def _furthest(comparison: Comparison) -> Table:
    a, b = comparison.a.version, comparison.b.version
    table = figures_table(
        "photo", "in both", f"first in {a}", f"first in {b}", f"right in {a}", f"in {b}"
    )
    for one in comparison.furthest:
        ranks = ["" if rank is None else str(rank) for rank in one.ranks or (None, None)]
        name = one.image.rpartition("/")[2]
        cells = name, f"{one.overlap:.0%}", *one.first, *ranks
        table.add_row(*(Text(cell) for cell in cells))
    return table
