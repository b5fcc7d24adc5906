"""Charts as inline SVG."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from indexer.reports.drawing import drawn_figure, short_name
from search.arrays import Ids

_LINES = ("#3b82f6", "#f97316", "#10b981")
_RIGHT, _WRONG = "#10b981", "#f97316"


def line_chart(
    x: Sequence[float], series: Mapping[str, Sequence[float | None]], unit: str = ""
) -> str:
    """Lines over whole numbers ``x``, named; None and values that are not finite are gaps.

    A line of gaps alone is left out.
    """
    with drawn_figure(6.4, 3.2) as (figure, svg):
        axes = figure.add_subplot()
        for (name, values), colour in zip(series.items(), _LINES, strict=False):
            finite = [np.nan if one is None or not np.isfinite(one) else one for one in values]
            if not np.isnan(finite).all():
                axes.plot(x, finite, color=colour, label=name, marker="o", markersize=3)
        axes.set_xlabel("epoch")
        axes.set_ylabel(unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(axes.lines) > 1:
            axes.legend()
    return svg[0]


def heat_map(counts: Ids, rows: Sequence[str], columns: Sequence[str]) -> str:
    """(rows, columns) counts of true classes taken for predicted ones, darker by share of a row.

    A cell is right where its row and column have the same name.
    """
    side = 0.3
    with drawn_figure(2.6 + side * len(columns), 1.8 + side * len(rows)) as (figure, svg):
        axes = figure.add_subplot()
        axes.grid(visible=False)
        axes.set_xlim(0, len(columns))
        axes.set_ylim(len(rows), 0)
        axes.set_aspect("equal")
        _cells(axes, counts, rows, columns)
        axes.set_xticks(np.arange(len(columns)) + 0.5, [*map(short_name, columns)], rotation=90)
        axes.set_yticks(np.arange(len(rows)) + 0.5, [*map(short_name, rows)])
        axes.tick_params(length=0, labelsize=8)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
    return svg[0]


def _cells(axes: Axes, counts: Ids, rows: Sequence[str], columns: Sequence[str]) -> None:
    totals = np.maximum(counts.sum(axis=1), 1)
    patches, colours = [], []
    for row, column in np.argwhere(counts).tolist():
        count = int(counts[row, column])
        share = float(count / totals[row])
        colour = _RIGHT if rows[row] == columns[column] else _WRONG
        patches.append(Rectangle((column + 0.04, row + 0.04), 0.92, 0.92))
        colours.append((colour, 0.15 + 0.75 * share))
        axes.text(column + 0.5, row + 0.5, f"{count}", ha="center", va="center", fontsize=7)
    axes.add_collection(PatchCollection(patches, facecolors=colours, linewidths=0))
