"""Charts of a grade: scores of right and wrong answers, and whether probabilities hold.

What differs in colour differs in its mark too.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import PercentFormatter

from indexer.grading.records import Bin, Reliability, ScoreCounts
from indexer.reports.drawing import INK, drawn_figure

_WIDTH = 4.4
"""Inches: small enough that a phone need not shrink the letters much."""

_MEASURED, _OTHER = "#3b82f6", "#f97316"
_Z = 1.959964
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""


def score_chart(scores: ScoreCounts) -> str | None:
    """How the scores of first results are spread, for each kind; None when there are none."""
    looks: dict[str, tuple[list[int], dict[str, Any]]] = {
        "right": (scores.right, {"fill": True, "color": _MEASURED, "alpha": 0.4}),
        "wrong": (scores.wrong, {"fill": True, "facecolor": "none", "edgecolor": _OTHER,
                                 "hatch": "////", "linewidth": 1.4}),
        "product not in the catalog": (scores.absent, {"color": INK, "linestyle": "--",
                                                       "linewidth": 1.6}),
    }  # fmt: skip
    if not any(sum(counts) for counts, _ in looks.values()):
        return None
    with drawn_figure(_WIDTH, 3.2) as (figure, svg):
        axes = figure.add_subplot()
        for name, (counts, look) in looks.items():
            if total := sum(counts):
                label = f"{name} ({total:,})"
                axes.stairs(np.divide(counts, total), scores.edges, label=label, **look)
        axes.set_xlabel("score of the first result")
        axes.set_ylabel("share of the photos of its kind")
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        figure.legend(loc="outside upper left", fontsize=8.5)
    return svg[0]


def reliability_chart(reliability: Reliability, said: str, limits: Mapping[str, float]) -> str:
    """What ``draw_reliability`` draws."""
    with drawn_figure(_WIDTH, 4.6) as (figure, svg):
        draw_reliability(figure, reliability, said, limits)
    return svg[0]


def draw_reliability(
    figure: FigureBase, reliability: Reliability, said: str, limits: Mapping[str, float]
) -> None:
    """The share that was right beside the probability ``said``, and how many photos each bin has.

    Bars at the points are 95 % intervals; ``limits`` are named places on the probabilities' axis.
    """
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    _shares(upper, reliability.bins)
    for name, at in limits.items():
        upper.axvline(at, color=INK, linestyle=":", linewidth=1)
        side = "right" if at == min(limits.values()) else "left"  # names of near limits stay apart
        upper.text(at, 1.06, name, ha=side, fontsize=8)
    bars = lower.bar([one.p for one in reliability.bins], [one.queries for one in reliability.bins],
                     width=0.035, color=_MEASURED, alpha=0.4)  # fmt: skip
    lower.bar_label(bars, fontsize=6.5, padding=1)
    lower.margins(y=0.35)
    lower.set_xlabel(said)
    lower.set_ylabel("photos")
    lower.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _shares(axes: Axes, bins: list[Bin]) -> None:
    axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, label="perfect")
    spans = [_wilson(one) for one in bins]
    errors = [[max(0.0, one.right - low), max(0.0, high - one.right)]
              for one, (low, high) in zip(bins, spans, strict=True)]  # fmt: skip
    axes.errorbar(
        [one.p for one in bins],
        [one.right for one in bins],
        yerr=np.array(errors).reshape(-1, 2).T,
        fmt="o",
        color=_MEASURED,
        markersize=5,
        elinewidth=1.2,
        capsize=2,
        label="measured",
    )
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.set_ylabel("right")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.legend(loc="lower right")


def _wilson(one: Bin) -> tuple[float, float]:
    """The 95 % interval of a share of n queries (Wilson, 1927)."""
    n, z = one.queries, _Z
    if not n:
        return one.right, one.right
    middle = (one.right + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(one.right * (1 - one.right) / n + (z / (2 * n)) ** 2)
    return middle - half, middle + half
