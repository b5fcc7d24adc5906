"""One picture → the pixels a backbone wants: the same code for build, query and training."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from search.arrays import Pixels
from search.images import Picture

Fit = Literal["squash", "shortest", "longest"]

_DECODE_MARGIN = 2
"""JPEGs are decoded at a reduced scale, but never below this many times the wanted side."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture is fitted into ``size`` × ``size`` pixels, and how these are normalised.

    ``fit`` is ``squash`` (ignore the aspect ratio), ``shortest`` (scale to fill, cut the middle
    out) or ``longest`` (scale to fit, pad with grey). ``mean`` and ``std`` are of RGB in 0..1;
    the runtime applies them, so that what leaves here is small.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fit: Fit = "squash"
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"

    @property
    def decode_at_least(self) -> int:
        """The side in pixels below which a picture must not be scaled while decoding."""
        return _DECODE_MARGIN * self.size

    def apply(self, picture: Picture) -> Pixels:
        """→ (size, size, 3) uint8."""
        sides = (self.size, self.size)
        method = Image.Resampling[self.interpolation.upper()]
        if self.fit == "shortest":
            fitted = ImageOps.fit(picture.pixels, sides, method)
        elif self.fit == "longest":
            fitted = ImageOps.pad(picture.pixels, sides, method, color=(128, 128, 128))
        else:
            fitted = picture.pixels.resize(sides, method)
        return np.asarray(fitted)
