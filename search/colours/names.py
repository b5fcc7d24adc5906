"""The standard set of colours, and which of them any colour is.

The eleven basic colour terms of Berlin and Kay (1969), and two that shops use a lot.
"""

import numpy as np
from numpy.typing import NDArray

from search.colours.oklab import Colours, oklab

EXAMPLES = {
    "black": "#000000",
    "grey": "#808080",
    "white": "#ffffff",
    "beige": "#e3d0b0",
    "brown": "#7b4a26",
    "red": "#d02020",
    "orange": "#ff8000",
    "yellow": "#ffe135",
    "green": "#2e9b3e",
    "turquoise": "#30c5b8",
    "blue": "#2456c8",
    "purple": "#7d3cae",
    "pink": "#ff80b0",
}
"""Each name, and one of the many colours that are called so."""

NAMES = tuple(EXAMPLES)


def name_places(rgb: Colours) -> NDArray[np.intp]:
    """(…, 3) sRGB, 0 to 255 → (…): each colour's place in NAMES.

    The first rule for lightness, chroma and hue in OKLab that holds decides; they were set by eye
    on photos of clothes and groceries.
    """
    light, a, b = np.moveaxis(oklab(rgb), -1, 0)
    chroma = np.hypot(a, b)
    hue = np.degrees(np.arctan2(b, a)) % 360  # 29 is red, 110 yellow, 142 green, 264 blue
    is_warm = (hue < 125) | (hue > 350)  # as the light of rooms is
    most = np.where(is_warm, np.minimum(0.05 * light, 0.033), 0.022 * light)
    is_plain = chroma < np.where((hue > 285) & ~is_warm, 0.032 * light, most)
    rules = (
        ("black", (light < 0.15) & (chroma < 0.06)),
        ("black", (light < 0.24) & (chroma < 0.035)),
        ("black", (light < 0.40) & (chroma < 0.025)),
        ("white", (light > 0.795) & is_plain),
        ("grey", is_plain),
        ("pink", (hue < 15) & (light > 0.55)),
        ("red", hue < 15),
        ("pink", (hue < 40) & (light > 0.70)),
        ("pink", (hue < 40) & (light > 0.62) & (chroma < 0.11)),
        ("brown", (hue < 25) & (chroma < 0.05)),
        ("red", hue < 25),
        ("brown", (hue < 40) & (chroma < 0.095)),
        ("red", hue < 36),
        ("beige", (hue < 112) & (light > 0.72) & (chroma < 0.095)),
        ("beige", (hue < 112) & (light > 0.635) & (chroma < 0.062)),
        ("orange", (hue < 72) & (light > 0.62) & (chroma > 0.10)),
        ("orange", (hue < 72) & (light > 0.56) & (chroma > 0.135)),
        ("brown", hue < 72),
        ("yellow", (hue < 112) & (light > 0.66) & (chroma > 0.09)),
        ("brown", hue < 95),
        ("brown", (hue < 100) & (chroma < 0.04)),
        ("green", hue < 175),
        ("turquoise", hue < 222),
        ("blue", hue < 290),
        ("purple", hue < 322),
        ("purple", (hue < 338) & (light < 0.6)),
        ("purple", (hue < 350) & (light < 0.5)),
    )
    conditions = [condition for _, condition in rules]
    return np.select(conditions, [NAMES.index(name) for name, _ in rules], NAMES.index("pink"))
