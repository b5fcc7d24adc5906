"""Tones: a few hundred kinds of colour, and how alike they look.

A picture is counted by tones, so that what follows takes time for tones and not for pixels.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, Pixels
from search.colours.oklab import oklab

_BITS = 5
"""Of each channel, in the table of all colours."""

_STEPS = (0.12, 0.06, 0.06)
"""How far tones are apart in OKLab."""

_SHADE = 0.5
"""Light and shadow change lightness alone: it counts less for whether tones are alike."""

_ALIKE = 0.04
"""The distance in OKLab at which tones are alike by 0.6."""


def tones_of(rgb: Pixels) -> NDArray[np.intp]:
    """(…, 3) sRGB → (…): the tone of each pixel."""
    return _tones()[codes(rgb)]


def codes(rgb: Pixels) -> NDArray[np.intp]:
    """(…, 3) sRGB → (…): the place of each colour in ``palette``."""
    parts = (rgb >> (8 - _BITS)).astype(np.intp)
    return parts[..., 0] << 2 * _BITS | parts[..., 1] << _BITS | parts[..., 2]


@cache
def palette() -> Pixels:
    """(32768, 3): every colour that ``codes`` tells apart."""
    levels = ((2 * np.arange(2**_BITS) + 1) << (7 - _BITS)).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)


@cache
def alike() -> Floats:
    """(tones, tones): from 0 to 1, which is only for the same."""
    colours, tone = oklab(palette()), _tones()
    sums = np.stack([np.bincount(tone, channel) for channel in colours.T], axis=1)
    centres = sums / np.bincount(tone)[:, None] * (_SHADE, 1, 1)
    squares = ((centres[:, None] - centres) ** 2).sum(axis=-1)
    return np.asarray(np.exp(-squares / (2 * _ALIKE**2)), np.float32)


def amounts(
    places: NDArray[np.intp], weights: Floats | None = None, size: int | None = None
) -> Floats:
    """(n, m) places below ``size`` → (n, size): how often each is there, or its weights' sum.

    Without ``size`` the places are tones.
    """
    size = size or len(alike())
    own = places + size * np.arange(len(places))[:, None]
    given = None if weights is None else weights.ravel()
    counts = np.bincount(own.ravel(), given, len(places) * size)
    return counts.reshape(-1, size).astype(np.float32)


@cache
def _tones() -> NDArray[np.intp]:
    """(32768,): the tone of each colour of ``palette``."""
    cells = np.round(oklab(palette()) / _STEPS)
    return np.unique(cells, axis=0, return_inverse=True)[1].ravel()
