"""Where products stand out in a picture, from the backbone's own map, with no further weights."""

from dataclasses import dataclass
from typing import Literal

Detect = Literal["auto", "off"]
"""Whether it is looked for what stands out in a whole picture."""

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels of the upright picture; x2 and y2 lie outside of it."""


@dataclass(frozen=True, slots=True)
class SeenObject:
    """A part of a picture that stands out, and its share of all that the backbone sees there."""

    box: Box
    weight: float
