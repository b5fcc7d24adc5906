"""What the commands print for people."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from indexer.build import BuildReport
from indexer.embedding_file import EmbedReport
from indexer.preview import Difference
from indexer.tables.printing import span
from indexer.tuning.tuning import TuneReport

_EXAMPLES = 5


def build_summary(report: BuildReport, index: Path) -> Text:
    """Counts, and where to look when something was rejected."""
    rate = f" ({report.images_per_second:.0f}/s)" if report.embedded else ""
    lines = [
        f"Version {report.version} in '{index}': {report.products} products, "
        f"{report.images} images",
        f"  {report.embedded} images embedded{rate}, {report.reused} reused",
        f"  {report.added} products added, {report.changed} changed, {report.removed} removed, "
        f"{report.seconds:.1f} s",
    ]
    if report.rejected:
        lines.append(f"  {report.rejected} rejected: see {index / 'rejects.csv'}")
    if report.tuning:
        lines += [f"  {line}" for line in tuning_lines(report.tuning)]
    if report.grade is not None:
        lines.append(f"  {_grade(report.grade)}: 'indexer report --index {index}' shows more")
    return Text("\n".join(lines))


def _grade(metrics: Mapping[str, Any]) -> str:
    """The headline figures, of those that could be measured."""
    shown = ", ".join(
        f"{name} {one['value']:.1%} ({span(one['low'], one['high'])})"
        for name, one in (
            ("Recall@1", metrics.get("recall@1")),
            ("category", metrics.get("category")),
        )
        if one
    )
    return f"Grade: {shown}" if shown else "Grade: nothing could be measured"


def tuning_lines(report: Mapping[str, Any]) -> list[str]:
    """Which heads were tried with their Recall@1, and which one is used, of a ``TuningReport``."""
    tried = [f"{one['name']} {one['recall']['value']:.1%}" for one in report["candidates"]]
    lines = [f"Head: {report['chosen']}. {report['reason']}"]
    if tried:
        asked = f"Tried on {report['held_out']} held-out images, right first: "
        lines.insert(0, asked + "; ".join(tried))
    return lines


def tune_summary(report: TuneReport, index: Path) -> Text:
    """What was tried, what won, and what came of it."""
    made = "is new and live" if report.published else "stays: its head is the same"
    lines = [*tuning_lines(asdict(report.tuning)), f"Version {report.version} in '{index}' {made}"]
    if report.output:
        lines.append(f"{report.output}: 'indexer build CATALOG --model {report.output}' uses it")
    return Text("\n".join(lines))


def difference_summary(difference: Difference, index: Path) -> Text:
    """What would change, with some of the products, and whether a build would refuse to."""
    kinds = ("added", "changed", "removed")
    lines = [f"A build would change '{index}' like this, nothing is changed yet:"]
    lines += [
        f"  {getattr(difference, kind)} products {kind}{_some(getattr(difference.examples, kind))}"
        for kind in kinds
    ]
    lines.append(
        f"  {difference.unchanged} products unchanged, {difference.to_embed} images to embed, "
        f"{difference.to_fetch} to fetch, {difference.rejected} rows or images rejected"
    )
    if difference.refused:
        lines.append("  It would be refused: too many products go; --allow-shrink lets them.")
    return Text("\n".join(lines))


def _some(ids: tuple[str, ...]) -> str:
    shown = ", ".join(ids[:_EXAMPLES])
    return f": {shown}{', …' if len(ids) > _EXAMPLES else ''}" if ids else ""


def embed_summary(report: EmbedReport) -> Text:
    """One line."""
    rejects = Path(report.output).with_suffix(".rejects.csv")
    rejected = f", {report.rejected} rejected: see {rejects}" if report.rejected else ""
    return Text(
        f"{report.output}: {report.images} vectors of {report.dim} numbers by {report.model}"
        f"{rejected}"
    )
