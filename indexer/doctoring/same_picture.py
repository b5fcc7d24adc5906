"""Is one picture the other, cropped, scaled or compressed again? Decided on their pixels.

Vectors cannot tell: photos of one product in one place are as near to each other as a picture is
to its own crop. So one is laid over the other as well as it can be, and then they must agree.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.doctoring.look import THUMBNAIL
from search.arrays import Floats, Ids, Pixels, unit_rows

_COARSE = 16
_STEP = 0.08
_SHARES = (1.0, 0.92, 0.84, 0.76, 0.68)
"""What a crop leaves of each side, and by which steps of the side it lies elsewhere."""

_FEW, _MANY = 25, 60
"""Iterations at half the size, and at all of it."""

_ROUGHLY = 0.96
"""The correlation at half the size below which no more is tried."""

_HALF = np.array([[1, 1, 0.5], [1, 1, 0.5]], np.float32)
"""Times a warp: the same at half the size."""

_SMOOTHING = 3
"""Pixels: compressing and scaling change the finest detail."""

_SHEAR = 0.004

cv2.setNumThreads(1)  # pictures are compared by several threads already

_Warp = NDArray[np.float32]


def views(thumbnail: Pixels) -> Floats:
    """(96, 96, 3) uint8 → (225, 256) unit rows: crops of the picture, coarsely, in grey.

    The first is the whole picture. Inner products are Pearson's correlations.
    """
    grey = _grey(thumbnail).astype(np.float32)
    cropping = _cropping()
    # Span by span: NumPy would split one large product among threads, and these are threads.
    bands = np.matmul(cropping, grey)
    cells = np.matmul(bands[:, None], cropping.transpose(0, 2, 1)[None])
    rows = cells.reshape(-1, _COARSE * _COARSE)
    return unit_rows(rows - rows.mean(axis=1, keepdims=True))


def best_views(own: Floats, others: Floats) -> tuple[Ids, Floats]:
    """One picture's ``views`` and (n, 256) whole others → (n,) which fits each best, and how well.

    How well is their correlation.
    """
    scores = np.matmul(own.reshape(len(_spans()), -1, own.shape[1]), others.T)
    scores = scores.reshape(len(own), len(others))
    return scores.argmax(axis=0), scores.max(axis=0)


def agreement(whole: Pixels, part: Pixels, view: int) -> float:
    """Two thumbnails, and which of the ``views`` of one looks most like the other → 0 to 1.

    Pearson's correlation of their pixels, each colour less its mean, after they were aligned by
    enhanced correlation coefficient: Evangelidis & Psarakis, PAMI 2008. 0 when they cannot be, or
    only by what no crop does.
    """
    down, across = (_spans()[at] for at in divmod(view, len(_spans())))
    start = np.array(
        [[across[1], 0, across[0] * THUMBNAIL], [0, down[1], down[0] * THUMBNAIL]], np.float32
    )
    greys = _grey(whole), _grey(part)
    score, warp = _align(_halved(greys[0]), _halved(greys[1]), start * _HALF, _FEW)
    if score < _ROUGHLY:
        return 0.0
    _, warp = _align(*greys, warp / _HALF, _MANY)
    return _correlation(whole, part, warp) if _is_crop(warp) else 0.0


def _align(whole: Pixels, part: Pixels, start: _Warp, iterations: int) -> tuple[float, _Warp]:
    """The correlation of the part with where the warp finds it in the whole; 0 for no result."""
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, iterations, 1e-5)
    everywhere = np.full(part.shape, 255, np.uint8)
    affine = cv2.MOTION_AFFINE
    try:
        found = cv2.findTransformECC(part, whole, start, affine, until, everywhere, _SMOOTHING)
    except cv2.error:  # it does not converge
        return 0.0, start
    return found[0], np.asarray(found[1], np.float32)


@cache
def _spans() -> list[tuple[float, float]]:
    """Start and length of what is left of a side, in sides."""
    return [
        (step * _STEP, share) for share in _SHARES for step in range(round((1 - share) / _STEP) + 1)
    ]


@cache
def _cropping() -> Floats:
    """(spans, 16, 96): each row averages the pixels of a sixteenth of a span."""
    edges = np.array([np.linspace(at, at + share, _COARSE + 1) for at, share in _spans()])
    low, high = (edges[:, part].reshape(-1, 1) * THUMBNAIL for part in (np.s_[:-1], np.s_[1:]))
    pixels = np.arange(THUMBNAIL)
    covered = np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, None)
    return np.asarray(covered / (high - low), np.float32).reshape(-1, _COARSE, THUMBNAIL)


def _grey(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _halved(grey: Pixels) -> Pixels:
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def _is_crop(warp: _Warp) -> bool:
    upright = max(abs(warp[0, 1]), abs(warp[1, 0])) < _SHEAR
    return bool(upright and all(_SHARES[-1] - _STEP < warp[at, at] < 1.04 for at in range(2)))


def _correlation(whole: Pixels, part: Pixels, warp: _Warp) -> float:
    sides = (THUMBNAIL, THUMBNAIL)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(whole, warp, sides, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(sides, 255, np.uint8), warp, sides, flags=flags) > 0
    a, b = (
        np.asarray(cv2.GaussianBlur(one, (_SMOOTHING, _SMOOTHING), 0), np.float64)[inside]
        for one in (cut, part)
    )
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0
