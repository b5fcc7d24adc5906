"""The model card: what a person should know of a model before using it."""

from datetime import UTC, datetime
from pathlib import Path

from indexer.training.recipe import Recipe
from indexer.training.report import TrainReport
from search.embedding.model_files import CARD

_CARD = """# {name}

An image embedding model for visual product search, fine-tuned from `{base}` by `indexer train`
on {date}.

- use: `indexer build catalog.csv --model {model}`, or
  `load_embedder("{model}").embed(["photo.jpg"])` in Python
- learned from: {images} pictures of {classes} classes ({rejected} rows or pictures were unusable),
  in {epochs} epochs and {minutes:.0f} minutes
- measured: {measured}
- made for pictures like those of that catalog; of others it may know less than its base. The
  licence of the base model's weights holds for these too.

`report.html` shows the run and the hardest mistakes, `logs/` every epoch.

## Recipe

{recipe}
"""


def write_card(folder: Path, report: TrainReport, recipe: Recipe) -> None:
    """Write ``README.md``."""
    measured = "nothing was held out, so nothing was measured"
    if report.held_out:
        measured = (
            f"of {report.held_out} held-out pictures, the nearest other one is of the same class "
            f"for {report.recall_at_1:.1%} (the base model: {report.base_recall_at_1:.1%})"
        )
    text = _CARD.format(
        name=Path(report.model).name,
        base=report.base,
        date=datetime.now(UTC).date(),
        model=report.model,
        images=report.images,
        classes=report.classes,
        rejected=report.rejected,
        epochs=report.epochs,
        minutes=report.seconds / 60,
        measured=measured,
        recipe="\n".join(f"- {name}: {value}" for name, value in recipe),
    )
    (folder / CARD).write_text(text)
