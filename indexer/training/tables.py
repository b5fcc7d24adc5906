"""What ``indexer train`` prints for people."""

from rich.text import Text

from indexer.training.report import TrainReport


def train_summary(report: TrainReport) -> Text:
    """What was made, how good it is, and where to look."""
    lines = [
        f"{report.model}: {report.base} trained on {report.images} pictures of {report.classes} "
        f"classes in {report.epochs} epochs, {report.seconds / 60:.0f} min "
        f"({report.images_per_second:.0f} pictures/s)"
    ]
    if report.held_out:
        lines.append(
            f"  of {report.held_out} held-out pictures the nearest one is right for "
            f"{report.recall_at_1:.1%} (before: {report.base_recall_at_1:.1%}), the category for "
            f"{report.accuracy:.1%}"
        )
    if report.rejected:
        lines.append(f"  {report.rejected} rows or pictures could not be used")
    lines.append(f"  see {report.model}/report.html; use it with --model {report.model}")
    return Text("\n".join(lines))
