"""Recall against queries a second, one panel for each number of cores."""

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from benchmarks.index.chosen import OURS
from benchmarks.index.report import Json


def draw(engines: Mapping[str, Json], file: Path) -> None:
    """Up and to the right is better; ours are drawn thick."""
    from matplotlib.figure import Figure

    counts = sorted({cores for engine in engines.values() for cores in engine["points"]})
    figure = Figure(figsize=(7 * len(counts), 6), layout="constrained")
    for axes, cores in zip(figure.subplots(1, len(counts), squeeze=False)[0], counts, strict=True):
        for marker, (name, engine) in zip(cycle("osD^v<>Pp*Xh"), engines.items(), strict=False):
            points = engine["points"][cores]
            axes.plot(
                [point["recall"] for point in points],
                [point["qps"] for point in points],
                marker=marker,
                linewidth=3 if name.startswith(OURS) else 1,
                label=name,
            )
        axes.set(yscale="log", xlabel="recall@10", ylabel="queries a second", title=cores)
        axes.set_xlim(0.8, 1.005)
        axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(file)
