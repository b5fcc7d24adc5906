"""Where the product is in a picture: whatever is not background.

Background are the colours that are more common along the border than in the middle, as far as
they reach in from the border. Where nothing is left over, the picture shows nothing else.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats
from search.colours.tones import amounts, smoothed

SIDE = 32
"""Pixels of a side of the thumbnails that are looked at; a row of them fits a number's bits."""

Mask = NDArray[np.bool_]

_BORDER = 2
"""Pixels from the edge that count as border."""

_FOCUS = 0.45
"""How far from the middle pixels count, as a standard deviation in halves of a side."""

_MORE = 1.3
"""How much more common than in the middle a colour of the background is along the border."""

_MOST = 0.7
"""So much of the border is background, also when the product is small and lets it through."""

_SEEN = 0.02
"""The least share of the border that a colour of the background has."""

_LEAST = 0.05
"""The least share of a picture that can be its product."""


def products(tones: NDArray[np.intp]) -> Mask:
    """(n, SIDE²) places in ``tones.TONES`` → (n, SIDE²): where the product is."""
    edge = _border().ravel()
    counts = amounts(tones[:, edge]) / np.float32(edge.sum())
    weighted = amounts(tones, np.broadcast_to(middle(), tones.shape))
    around, inside = smoothed(np.stack([counts, weighted]))
    is_ground = (around > np.minimum(_MORE * inside, _MOST)) & (around > _SEEN)
    pictures = np.arange(len(tones))[:, None]
    ground = _from_border(is_ground[pictures, tones].reshape(-1, SIDE, SIDE))
    found = ~ground.reshape(len(tones), -1)
    found[(found * middle()).sum(axis=1) < _LEAST] = True
    return found


@cache
def middle() -> Floats:
    """(SIDE²,): how much each pixel counts, 1 together; most in the middle."""
    places = np.linspace(-1, 1, SIDE)
    weights = np.exp(-(places**2) / (2 * _FOCUS**2))
    both = np.outer(weights, weights).ravel()
    return np.asarray(both / both.sum(), np.float32)


@cache
def _border() -> Mask:
    edge = np.ones((SIDE, SIDE), np.bool_)
    edge[_BORDER:-_BORDER, _BORDER:-_BORDER] = False
    return edge


def _from_border(masks: Mask) -> Mask:
    """What of (n, SIDE, SIDE) masks is connected with an edge, in steps right, left, up, down."""
    rows: NDArray[np.uint32] = np.packbits(masks, axis=-1, bitorder="little").view("<u4")[..., 0]
    step = np.uint32(1)
    reached = rows & np.uint32(1 | 1 << SIDE - 1)
    reached[:, [0, -1]] = rows[:, [0, -1]]
    while True:
        grown = reached | reached << step | reached >> step
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= rows
        if np.array_equal(grown, reached):
            break
        reached = grown
    packed = reached[..., None].view(np.uint8)
    return np.unpackbits(packed, axis=-1, bitorder="little").view(np.bool_)
