"""What the commands print for people."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from indexer.build import BuildReport
from indexer.export import ExportReport
from search.answers import Answer, Result
from search.catalog.records import CATEGORY_SEPARATOR


def build_summary(report: BuildReport, index: Path) -> Text:
    """Counts, and where to look when something was rejected."""
    rate = f" ({report.images_per_second:.0f}/s)" if report.embedded else ""
    lines = [
        f"Version {report.version} in '{index}': {report.products} products, "
        f"{report.images} images",
        f"  {report.embedded} embedded{rate}, {report.reused} reused, "
        f"{report.removed} products removed, {report.seconds:.1f} s",
    ]
    if report.rejected:
        lines.append(f"  {report.rejected} rejected: see {index / 'rejects.csv'}")
    return Text("\n".join(lines))


def export_summary(report: ExportReport) -> Text:
    """One line."""
    rejects = Path(report.output).with_suffix(".rejects.csv")
    rejected = f", {report.rejected} rejected: see {rejects}" if report.rejected else ""
    return Text(
        f"{report.output}: {report.images} vectors of {report.dim} numbers by {report.model}"
        f"{rejected}"
    )


def answer_heading(answer: Answer, image: str) -> Text:
    """What the picture shows, by the categories that its look-alikes vote for."""
    shown = ", ".join(f"{share.path} ({share.p:.0%})" for share in answer.categories[:3])
    return Text(f"{image} looks like: {shown or 'nothing with a category'}")


def answer_table(answer: Answer) -> Table:
    """The look-alikes, best first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "score"):
        table.add_column(name, justify="right")
    for name in ("product", "title", "category"):
        table.add_column(name)
    table.add_column("price", justify="right")
    for rank, result in enumerate(answer.results, start=1):
        table.add_row(*(Text(cell) for cell in _cells(rank, result)))
    return table


def _cells(rank: int, result: Result) -> tuple[str, ...]:
    product = result.product
    price = "" if product.price is None else f"{product.price:,.2f} {product.currency}".strip()
    score = f"{result.score:.3f}"
    kind = product.category.split(CATEGORY_SEPARATOR)[-1]
    return str(rank), score, result.product_id, product.title, kind, price
