"""Figures as inline SVG that takes the page's text colour, so that it fits light and dark pages."""

import io
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import matplotlib
from matplotlib.figure import Figure

INK = "#010203"
"""Drawn with this, replaced by the colour of the page's text."""

_LONGEST_NAME = 32


@contextmanager
def drawn_figure(width: float, height: float) -> Iterator[tuple[Figure, list[str]]]:
    """A figure to draw on, and where its SVG is afterwards."""
    svg: list[str] = []
    with chart_style(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks: the browser has its own
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, svg
        buffer = io.StringIO()
        nameless = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nameless)
    svg_text = buffer.getvalue()
    svg.append(svg_text[svg_text.index("<svg") :].replace(INK, "currentColor"))


def chart_style() -> AbstractContextManager[None]:
    """What every chart looks like."""
    return matplotlib.rc_context(
        {
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "grid.color": INK,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "axes.grid": True,
            "grid.alpha": 0.15,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
            "font.size": 9,
            "font.sans-serif": ["DejaVu Sans"],  # measured with it, shown in what the reader has
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "lookalike",  # the same chart has the same ids
            "text.parse_math": False,  # a class may be called "$5 and $10"
        }
    )


def short_name(name: str) -> str:
    """The end of a long name: paths differ most there."""
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"
