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
"""How far tones are apart in OKLab. Light and shadow change lightness alone: it counts for less."""

_NEXT = 0.325
"""How alike neighbours are along an axis: a Gaussian of 0.04 (in lightness 0.08) at one step."""


def tones_of(rgb: Pixels) -> NDArray[np.intp]:
    """(…, 3) sRGB → (…): the tone of each pixel."""
    return _tones()[0][codes(rgb)]


def codes(rgb: Pixels) -> NDArray[np.intp]:
    """(…, 3) sRGB → (…): the place of each colour in ``palette``."""
    parts = (rgb >> (8 - _BITS)).astype(np.intp)
    return parts[..., 0] << 2 * _BITS | parts[..., 1] << _BITS | parts[..., 2]


@cache
def palette() -> Pixels:
    """(32768, 3): every colour that ``codes`` tells apart."""
    levels = ((2 * np.arange(2**_BITS) + 1) << (7 - _BITS)).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)


def amounts(
    places: NDArray[np.intp], weights: Floats | None = None, size: int | None = None
) -> Floats:
    """(n, m) places below ``size`` → (n, size): how often each is there, or its weights' sum.

    Without ``size`` the places are tones.
    """
    size = size or count()
    own = places + size * np.arange(len(places))[:, None]
    given = None if weights is None else weights.ravel()
    counts = np.bincount(own.ravel(), given, len(places) * size)
    return counts.reshape(-1, size).astype(np.float32)


def smoothed(counts: Floats) -> Floats:
    """(…, tones) → (…, tones): of each tone, and of those around it as far as they are alike.

    By sums along three axes: a product of matrices would be spread over threads, which costs more
    than it takes.
    """
    _, cells, shape = _tones()
    grid = np.zeros((*counts.shape[:-1], np.prod(shape)), np.float32)
    grid[..., cells] = counts
    grid = grid.reshape(*counts.shape[:-1], *shape)
    for axis in (-3, -2, -1):
        along = grid.swapaxes(axis, 0)
        beside = _NEXT * along
        along[1:] += beside[:-1]
        along[:-1] += beside[1:]
    return grid.reshape(*counts.shape[:-1], -1)[..., cells]


def count() -> int:
    """How many tones there are."""
    return len(_tones()[1])


@cache
def _tones() -> tuple[NDArray[np.intp], NDArray[np.intp], tuple[int, ...]]:
    """The tone of each colour of ``palette``; the tones' cells in a grid, and its shape."""
    cells = np.rint(oklab(palette()) / _STEPS).astype(np.intp)
    cells -= cells.min(axis=0)
    shape = tuple((cells.max(axis=0) + 1).tolist())
    used, tones = np.unique(np.ravel_multi_index(tuple(cells.T), shape), return_inverse=True)
    return tones, used, shape
