"""Is one picture the other, cropped, scaled or compressed again? Decided on their pixels.

Vectors cannot tell: photos of one product in one place are as near to each other as a picture is
to its own crop. So one is laid over the other as well as it can be, and then they must agree.
"""

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from indexer.doctoring.look import THUMBNAIL
from search.arrays import Pixels

_SCALES = (1.0, 0.92, 0.84, 0.76, 0.68)
"""What a crop leaves of each side."""

_COARSE = 32
_PROMISING = 0.75
"""Pearson's correlation of the coarse pixels, below which no alignment is refined."""

_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
_SMOOTHING = 3
_SHEAR = 0.03
_EVERYWHERE = np.full((THUMBNAIL, THUMBNAIL), 255, np.uint8)

_Warp = NDArray[np.float32]


def agreement(one: Pixels, other: Pixels) -> float:
    """(side, side, 3) uint8 each → how well they agree where one lies within the other, 0 to 1.

    The correlation of the worst colour channel, after one was aligned to a part of the other.
    """
    return max(_agreement(one, other), _agreement(other, one))


def _agreement(whole: Pixels, part: Pixels) -> float:
    start = _place(_grey(whole), _grey(part))
    if start is None:
        return 0.0
    warp = _refined(_grey(whole), _grey(part), start)
    return 0.0 if warp is None else _correlation(whole, part, warp)


def _grey(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _place(whole: Pixels, part: Pixels) -> _Warp | None:
    """Where in the whole the part fits best, of a few scales, by coarse template matching."""
    side = len(whole)
    coarse = cv2.resize(whole, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA)
    best, warp = _PROMISING, None
    for across, down in product(_SCALES, _SCALES):
        size = (round(across * _COARSE), round(down * _COARSE))
        template = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        scores = cv2.matchTemplate(coarse, template, cv2.TM_CCOEFF_NORMED)
        _, score, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(scores, posinf=0, neginf=0))
        if score > best:
            best, scale = score, side / _COARSE
            warp = np.array([[across, 0, x * scale], [0, down, y * scale]], np.float32)
    return warp


def _refined(whole: Pixels, part: Pixels, start: _Warp) -> _Warp | None:
    """By enhanced correlation coefficient: Evangelidis & Psarakis, PAMI 2008.

    None when it does not converge, or ends in something that no crop does.
    """
    try:
        _, found = cv2.findTransformECC(
            part, whole, start, cv2.MOTION_AFFINE, _STEPS, _EVERYWHERE, _SMOOTHING
        )
    except cv2.error:
        return None
    warp = np.asarray(found, np.float32)
    upright = max(abs(warp[0, 1]), abs(warp[1, 0])) < _SHEAR
    scaled = all(_SCALES[-1] - 0.08 < float(warp[at, at]) < 1.04 for at in range(2))
    return warp if upright and scaled else None


def _correlation(whole: Pixels, part: Pixels, warp: _Warp) -> float:
    side = len(part)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = np.asarray(cv2.warpAffine(whole, warp, (side, side), flags=flags), np.uint8)
    inside = cv2.warpAffine(np.ones((side, side), np.uint8), warp, (side, side), flags=flags) > 0
    pairs = [(cut[..., channel][inside], part[..., channel][inside]) for channel in range(3)]
    return min(_pearson(*pair) for pair in pairs)


def _pearson(a: Pixels, b: Pixels) -> float:
    x, y = (values.astype(np.float64) - values.mean() for values in (a, b))
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else 0.0
