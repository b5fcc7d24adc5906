"""What choosing and tuning an index found, in sentences and rows that terminal and page share."""

from indexer.indexing.records import Effort, IndexReport, Trial
from indexer.tables.printing import per_cent

TRIED = ("tried", "bytes an image", "recall", "ms a query", "ms for all", "s to build", "")
EFFORTS = ("effort", "compared again", "recall", "ms a query")


def summary(report: IndexReport | None) -> list[str]:
    """Which index it is and how it was tuned."""
    if report is None:
        return ["The version is of a release whose index compared every image."]
    if report.tuned is None:
        return ["Every image is compared: that takes milliseconds with so few, or on a GPU."]
    tuned = report.tuned
    lines = [
        f"{_name(report)}: built in {report.build_seconds:.1f} s from {report.images:,} images.",
        f"{report.queries} images that were held out found {per_cent(tuned.recall)} of their exact "
        f"ten nearest (wanted: {report.target_recall:.1%}), each in {tuned.ms:.2f} ms of one core.",
    ]
    if tuned.recall < report.target_recall:
        lines.append("No setting finds more: more --max-memory allows other indexes.")
    return lines


def _name(report: IndexReport) -> str:
    """Milvus compares the vectors as they are."""
    return (
        report.codes
        if report.codes.startswith("Milvus")
        else f"{report.codes}, refined with float16"
    )


def trials(report: IndexReport | None) -> list[tuple[str, ...]]:
    """A row for each index that was tried on a sample, the one that was taken first."""
    return [_trial(one) for one in report.tried] if report else []


def efforts(report: IndexReport | None) -> list[tuple[str, ...]]:
    """A row for each setting that was measured on all images."""
    found = report.efforts if report else ()
    return [_effort(one) for one in sorted(found, key=lambda one: (one.depth, one.effort))]


def _trial(one: Trial) -> tuple[str, ...]:
    return (
        one.codes,
        f"{one.bytes_per_image:,.0f}",
        per_cent(one.best.recall),
        f"{one.best.ms:.3f}",
        f"{one.expected_ms:.3f}",
        f"{one.expected_seconds:,.0f}",
        one.verdict or "taken",
    )


def _effort(one: Effort) -> tuple[str, ...]:
    return str(one.effort), f"{one.depth} × k", per_cent(one.recall), f"{one.ms:.3f}"
