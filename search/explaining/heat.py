"""Which positions of a picture carry its score."""

import numpy as np
from PIL import Image

from search.arrays import Floats
from search.embedding import Embedder
from search.embedding.head import Head
from search.images import Picture, load

_CELLS = 7
"""Cells of a side that are covered one by one: as many as most networks have positions."""

_GREY = (128, 128, 128)


def pooled(positions: Floats, head: Head, other: Floats) -> tuple[Floats, float]:
    """Shares of a score: (h, w, d_in) positions, and the (d,) unit vector of the other picture.

    The features f are the mean of the positions, and the head is linear, so the score
    ``((f/|f| - center) @ projection / N) @ other`` is a sum over positions: the (h, w) that is
    returned, and what the centre takes from all of them. N is the length before the last division.
    """
    count = positions.shape[0] * positions.shape[1]
    rows = positions.reshape(count, -1).astype(np.float64)
    mean = rows.mean(axis=0)
    shares = rows / (count * max(float(np.linalg.norm(mean)), 1e-12))
    if head.center is None or head.projection is None:
        return _grid(shares @ other, positions), 0.0
    whole = (shares.sum(axis=0) - head.center) @ head.projection
    towards = head.projection.astype(np.float64) @ other / max(float(np.linalg.norm(whole)), 1e-12)
    return _grid(shares @ towards, positions), -float(head.center @ towards)


def _grid(shares: Floats, positions: Floats) -> Floats:
    return np.asarray(shares.reshape(positions.shape[:2]), np.float64)


def occluded(embedder: Embedder, picture: Picture, other: Floats) -> Floats:
    """(7, 7): by how much the score with ``other`` (d,) falls when each cell is covered with grey.

    Occlusion as in Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014. Any network can be asked like that; it takes 50 pictures' time.
    """
    preprocessing = embedder.backbone.preprocessing
    small = picture.pixels.copy()
    small.thumbnail((preprocessing.decode_at_least,) * 2, Image.Resampling.LANCZOS)
    cells = [(row, column) for row in range(_CELLS) for column in range(_CELLS)]
    pictures = [small, *(_covered(small, row, column) for row, column in cells)]
    pixels = np.stack([preprocessing.apply(load(one)) for one in pictures])
    scores = embedder.head.apply(embedder.features(pixels)) @ other
    return np.asarray((scores[0] - scores[1:]).reshape(_CELLS, _CELLS), np.float64)


def _covered(picture: Image.Image, row: int, column: int) -> Image.Image:
    covered = picture.copy()
    width, height = picture.size
    xs, ys = (
        (round(width * at / _CELLS) for at in (column, column + 1)),
        (round(height * at / _CELLS) for at in (row, row + 1)),
    )
    (x1, x2), (y1, y2) = xs, ys
    covered.paste(_GREY, (x1, y1, x2, y2))
    return covered
