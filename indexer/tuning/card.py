"""The model card of a tuned head: what a person should know of it before using it."""

from datetime import UTC, datetime
from pathlib import Path

from indexer.tuning.records import TuningReport
from search.embedding.model_files import CARD

_CARD = """# {name}

A head for the features of `{base}`, fitted by `indexer tune` on {date}: it turns them into the
vectors that are searched.

- use: `indexer build catalog.csv --model {folder}`; features that an index has of `{base}` already
  are used again
- chosen: {chosen}. {reason}
- learned from: {images} images
- made for pictures like those of that catalog; of others it may know less than its base. The
  licence of the base model's weights holds for these too.
{table}"""

_TABLE = """
Recall@1 of {held_out} held-out images, and the gain over the best without labels, with 95 %
intervals:

| head | Recall@1 | gain |
|---|---|---|
{rows}
"""


def write_card(folder: Path, base: str, report: TuningReport) -> None:
    """Write ``README.md``."""
    rows = [
        f"| {one.name} | {one.recall.value:.1%} | "
        + (
            f"{one.gain.value:+.1%} ({one.gain.low:+.1%} to {one.gain.high:+.1%}) |"
            if one.gain
            else "– |"
        )
        for one in report.candidates
    ]
    table = _TABLE.format(held_out=report.held_out, rows="\n".join(rows)) if rows else ""
    text = _CARD.format(
        name=folder.resolve().name,
        base=base,
        date=datetime.now(UTC).date(),
        folder=folder,
        chosen=report.chosen,
        reason=report.reason,
        images=report.images,
        table=table,
    )
    (folder / CARD).write_text(text)
