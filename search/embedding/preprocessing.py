"""One picture → the pixels a backbone wants: the same code for build, query and training."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from PIL import Image

from search.arrays import Pixels
from search.embedding.resizing import Interpolation, resized
from search.images import Picture

Fit = Literal["squash", "shortest", "longest"]

_DECODE_MARGIN = 2
"""JPEGs are decoded at a reduced scale, but never below this many times the wanted side.

With 1.3 features of 1200 px photos moved by 1e-3 in cosine, with 2 by 2e-4.
"""

_GREY = 128


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
    interpolation: Interpolation = "bicubic"

    @property
    def decode_at_least(self) -> int:
        """The side in pixels below which a picture must not be scaled while decoding."""
        return _DECODE_MARGIN * self.size

    def apply(self, picture: Picture) -> Pixels:
        """→ (size, size, 3) uint8."""
        image, sides = picture.pixels, (self.size, self.size)
        if image.size == sides:
            return np.asarray(image)
        if self.fit == "longest":
            return self._padded(image)
        box = self._middle(image) if self.fit == "shortest" else None
        return resized(image, sides, self.interpolation, box)

    def _middle(self, image: Image.Image) -> tuple[float, float, float, float]:
        """The largest square in the middle: left, top, width and height."""
        width, height = image.size
        side = min(image.size)
        return (width - side) / 2, (height - side) / 2, side, side

    def _padded(self, image: Image.Image) -> Pixels:
        width, height = (max(1, round(self.size * side / max(image.size))) for side in image.size)
        left, top = (round((self.size - side) / 2) for side in (width, height))
        pixels = np.full((self.size, self.size, 3), _GREY, np.uint8)
        fitted = resized(image, (width, height), self.interpolation)
        pixels[top : top + height, left : left + width] = fitted
        return pixels


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
