"""The findings as a CSV file, for those who mend them."""

import csv
import io
from pathlib import Path

from indexer.doctoring.records import Diagnosis
from search.durable import write_durably

HEADER = (
    *("kind", "finding", "product_id", "image", "title", "category"),
    *("suggestion", "score", "reason"),
)


def write_findings(path: Path, diagnosis: Diagnosis) -> None:
    """One line for each image at fault; those of one finding have its number. Raises OSError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number, one in enumerate(diagnosis.findings, start=1):
        for image in one.images:
            own = image.product_id, image.source, image.title, image.category
            writer.writerow((one.kind, number, *own, one.suggestion, one.score, one.reason))
    write_durably(path, text.getvalue().encode(errors="replace"))
