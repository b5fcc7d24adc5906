"""What ``indexer export`` prints for people."""

from rich.text import Text

from indexer.exporting import ExportReport


def export_summary(report: ExportReport) -> Text:
    """What was written, and what it lost against float32."""
    measured = report.measured
    now, before = report.megabytes
    lines = [
        f"{report.output}: {report.of} for {report.engine} in {report.precision}, {now} MB where "
        f"float32 has {before}",
        f"  cosine to float32 on {measured.held_out} held-out images: "
        f"{measured.cosine_mean:.4f} on average, {measured.cosine_worst:.4f} at worst",
        f"  {measured.recall_sentence}",
    ]
    return Text("\n".join(lines))
