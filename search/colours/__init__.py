"""The dominant colours of the product in a picture: which, how much of each, and how they look."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.arrays import Floats, Pixels
from search.colours.names import NAMES, name_places
from search.colours.region import SIDE, middle, products
from search.colours.tones import amounts, smoothed, tones_of

MOST = 5
"""Colours of one picture."""

_LEAST = 0.05
"""The least share of the product that a colour has."""

_TINY = np.float32(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour of a product: its ``name`` in the standard set, as ``#rrggbb``, its share of it."""

    name: str
    hex: str
    share: float


def thumbnail(picture: Image.Image) -> Pixels:
    """An RGB picture → (SIDE, SIDE, 3) uint8, which is all that is measured of it.

    Pixels are taken as they are: averages of a pattern would have colours that it has not.
    """
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.NEAREST))


def measure_all(thumbnails: Pixels) -> list[tuple[Colour, ...]]:
    """(n, SIDE, SIDE, 3) thumbnails → at most 5 colours of each product, the largest share first.

    The more pictures there are, the less each takes.
    """
    pixels = thumbnails.reshape(len(thumbnails), -1, 3)
    tones = tones_of(pixels)
    weights = products(tones) * middle()
    channels = (weights * pixels[..., channel] for channel in range(3))
    found = np.stack([amounts(tones, one) for one in (weights, *channels)])
    names = _names(found)
    counts, *sums = (amounts(names, one, len(NAMES)) for one in found)
    shown = np.rint(_means(counts, sums)).astype(np.uint8)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return [_listed(*one) for one in zip(shares, shown, strict=True)]


def _names(found: Floats) -> NDArray[np.intp]:
    """(4, n, tones) counts and sums of red, green, blue → (n, tones): what each tone is called.

    By the mean of what is like it in the picture, so the shadows and the highlights of a red dress
    are red. It is one step of mean shift (Fukunaga and Hostetler, 1975).
    """
    used = found[0] > 0
    counts, *sums = smoothed(found)[:, used]
    names = np.zeros(used.shape, np.intp)
    names[used] = name_places(_means(counts, sums))
    return names


def _means(counts: Floats, sums: list[Floats]) -> Floats:
    """Sums of red, green and blue, each of the shape of ``counts`` → their means, (…, 3)."""
    means = np.stack(sums, axis=-1) / np.maximum(counts, _TINY)[..., None]
    return means.astype(np.float32, copy=False)


def _listed(shares: Floats, shown: Pixels) -> tuple[Colour, ...]:
    largest = np.argsort(-shares, kind="stable")[:MOST].tolist()
    return tuple(
        Colour(NAMES[one], f"#{shown[one].tobytes().hex()}", round(float(shares[one]), 2))
        for one in largest
        if shares[one] >= _LEAST
    )
