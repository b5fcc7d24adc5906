"""A picture with its heat map over it."""

import io

import numpy as np
from PIL import Image

from search.arrays import Floats
from search.errors import FetchError, ImageNotFound, InvalidImage
from search.explaining import HeatMap
from search.explaining.sides import SHOWN, Side
from search.regions import Box

_STRENGTH = 0.55
"""How much of the picture is covered by the heat."""


def drawn(side: Side, heat: HeatMap) -> bytes:
    """A PNG; the hottest cells are yellow, and what is outside of the map stays as it is.

    Raises ImageNotFound where the picture cannot be read any more.
    """
    try:
        shown = side.read(whole=True).pixels.copy()
    except (InvalidImage, FetchError) as error:
        raise ImageNotFound(f"The picture '{side.image_id}' cannot be shown: {error}.") from error
    shown.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    if heat.grid is not None:
        scale = shown.width / heat.width
        layer = shown.copy()
        layer.paste(*_heat(np.asarray(heat.grid, np.float32), heat.box, scale))
        shown = Image.blend(shown, layer, _STRENGTH)
    file = io.BytesIO()
    shown.save(file, "PNG")
    return file.getvalue()


def _heat(grid: Floats, box: Box, scale: float) -> tuple[Image.Image, tuple[int, int]]:
    """The grid in colours over a box that is drawn smaller, and where its corner lies."""
    import cv2

    low, high = float(grid.min()), float(grid.max())
    levels = np.rint((grid - low) * 255 / max(high - low, 1e-12)).astype(np.uint8)
    x1, y1, x2, y2 = (round(side * scale) for side in box)
    smooth = cv2.resize(levels, (max(1, x2 - x1), max(1, y2 - y1)), interpolation=cv2.INTER_CUBIC)
    colours = cv2.cvtColor(cv2.applyColorMap(smooth, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return Image.fromarray(colours), (x1, y1)
