"""One picture → the pixels a backbone wants: the same code for build, query and training."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from PIL import Image, ImageOps

from search.arrays import Pixels
from search.images import Picture

Fit = Literal["squash", "shortest", "longest"]

_DECODE_MARGIN = 2
"""JPEGs are decoded at a reduced scale, but never below this many times the wanted side."""


class Prepares(Protocol):
    """What turns pictures into the pixels that a model wants."""

    @property
    def decode_at_least(self) -> int:
        """The side in pixels below which a picture must not be scaled while decoding."""
        ...

    def apply(self, picture: Picture) -> Pixels:
        """→ uint8, the same shape for every picture."""
        ...


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


@dataclass(frozen=True, slots=True)
class JointPreprocessing:
    """What the members of an ensemble want of a picture, as one flat row of bytes."""

    members: tuple[Preprocessing, ...]

    @property
    def decode_at_least(self) -> int:
        """What the most demanding member needs."""
        return max(member.decode_at_least for member in self.members)

    def apply(self, picture: Picture) -> Pixels:
        """→ (bytes,) uint8: each member's pixels, one after another."""
        return np.concatenate([member.apply(picture).ravel() for member in self.members])

    def split(self, pixels: Pixels) -> list[Pixels]:
        """(n, bytes) → for each member (n, size, size, 3)."""
        sides = [member.size for member in self.members]
        ends = np.cumsum([3 * side * side for side in sides])[:-1]
        parts = np.split(pixels, ends, axis=1)
        return [
            part.reshape(len(pixels), side, side, 3)
            for part, side in zip(parts, sides, strict=True)
        ]
