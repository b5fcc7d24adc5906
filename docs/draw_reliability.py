"""Draws docs/images/reliability.png: whether the live version's probabilities are what they say.

.venv/bin/python docs/draw_reliability.py index
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from indexer.grading.reading import GradedVersion
from indexer.reports.drawing import chart_style
from indexer.reports.grade_charts import draw_reliability
from search.versions import IndexFolder

IMAGE = Path(__file__).parent / "images" / "reliability.png"


def main() -> None:
    """The probability that a result is the same product on the left, of a category on the right."""
    grade = GradedVersion.read(IndexFolder(Path(sys.argv[1]))).grade
    shown = {
        "p_same of the first result": grade.match,
        "p of the first category": grade.prediction,
    }
    fitted = {said: one.reliability for said, one in shown.items() if one}
    if not fitted:
        sys.exit("The version has no probabilities that were measured.")
    with chart_style():
        figure = Figure(figsize=(4.6 * len(fitted), 4.6), layout="constrained")
        parts = figure.subfigures(1, len(fitted), squeeze=False)[0]
        for part, (said, reliability) in zip(parts, fitted.items(), strict=False):
            draw_reliability(part, reliability, said, {})
        figure.savefig(IMAGE, dpi=110)


if __name__ == "__main__":
    main()
