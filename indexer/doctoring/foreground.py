"""What stands out from a plain ground: its separate pieces."""

from dataclasses import dataclass

import cv2
import numpy as np

from search.arrays import Ids, Pixels

_NEAR = 20
"""Of 255 in any channel: what differs less from the ground is ground."""

_PLAIN = 0.85
"""The share of the border that must be of one colour for a ground to be plain."""


@dataclass(frozen=True, eq=False, slots=True)
class Foreground:
    """The pieces on a plain ground: boxes (n, 4) x, y, width, height, and areas (n,), in pixels.

    ``labels`` (height, width) has the number of each pixel's piece, from 1, 0 for the ground.
    """

    boxes: Ids
    areas: Ids
    labels: Ids

    @classmethod
    def of(cls, pixels: Pixels) -> "Foreground | None":
        """(height, width, 3) uint8; None when there is no plain ground."""
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        ground = np.median(border, axis=0)
        if (_distance(border, ground) < _NEAR).mean() < _PLAIN:
            return None
        mask = (_distance(pixels, ground) >= _NEAR).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        pieces: Ids = np.asarray(stats, np.int64)[1:]
        return cls(pieces[:, :4], pieces[:, 4], np.asarray(labels, np.int64))


def _distance(pixels: Pixels, colour: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Ids:
    """(…, 3) → (…,) the largest difference of a channel."""
    return np.asarray(np.abs(pixels - colour).max(axis=-1), np.int64)
