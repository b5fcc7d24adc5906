"""What one look at a picture tells: each check of a single picture, on the same small pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from indexer.doctoring.foreground import Foreground
from search.arrays import Pixels

SIDE = 256
"""Pixels of the longer side of what is looked at."""

THUMBNAIL = 96
"""Pixels of each side of what near duplicates are compared by."""

_OF_ONE_COLOUR = 14
"""Of 255 in every channel: grain, and what JPEG does to a plain area."""

_SMALL_PIECES = (0.012, 0.16)
"""How high letters are, as shares of the picture."""

_LARGE_PIECE = 0.03
"""The share of the picture that a product takes at least."""

_BLUR_WIDTH = 11


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What a picture shows, each from 0 to 1 but ``products``.

    ``stands_out`` is the share of pixels that are not of the commonest colour. ``blur`` is 1 where
    blurring changes nothing more. ``text`` is the share of small pieces in all that stands on a
    plain ground. ``products`` counts large pieces there, 0 when the ground is not plain.
    ``thumbnail`` is (96, 96, 3) uint8.
    """

    stands_out: float
    blur: float
    text: float
    products: int
    thumbnail: Pixels


def look_at(picture: Image.Image) -> Look:
    """An RGB picture of any size."""
    pixels = np.asarray(_reduced(picture))
    foreground = Foreground.of(pixels)
    return Look(
        stands_out=_stands_out(pixels),
        blur=_blur(pixels),
        text=_text(foreground, pixels.shape[0]) if foreground else 0.0,
        products=_products(foreground, pixels) if foreground else 0,
        thumbnail=np.asarray(picture.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)),
    )


def _reduced(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return small


def _stands_out(pixels: Pixels) -> float:
    middle = np.median(pixels.reshape(-1, 3), axis=0)
    return float((np.abs(pixels - middle).max(axis=-1) > _OF_ONE_COLOUR).mean())


def _blur(pixels: Pixels) -> float:
    """How much of the detail is left when the picture is blurred on purpose, along each axis.

    Crété-Roffet et al., "The Blur Effect: Perception and Estimation with a New No-Reference
    Perceptual Blur Metric", SPIE 2007.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    kept = []
    for axis, size in ((0, (1, _BLUR_WIDTH)), (1, (_BLUR_WIDTH, 1))):
        detail = np.abs(np.diff(grey, axis=axis))
        left = np.abs(np.diff(cv2.blur(grey, size), axis=axis))
        lost = np.maximum(detail - left, 0).sum()
        kept.append(1 - lost / max(float(detail.sum()), 1e-6))
    return float(max(kept))


def _text(foreground: Foreground, height: int) -> float:
    """Of what stands out, the share in pieces as high as letters; 0 where there are only a few."""
    low, high = (share * height for share in _SMALL_PIECES)
    heights = foreground.boxes[:, 3]
    letters = (heights >= low) & (heights <= high)
    if letters.sum() < 12:
        return 0.0
    return float(foreground.areas[letters].sum() / max(int(foreground.areas.sum()), 1))


def _products(foreground: Foreground, pixels: Pixels) -> int:
    """How many large pieces there are; two that look alike, as shoes do, count as one."""
    large = np.flatnonzero(foreground.areas >= _LARGE_PIECE * pixels.shape[0] * pixels.shape[1])
    if len(large) == 2 and _are_a_pair(foreground, pixels, large.tolist()):
        return 1
    return len(large)


def _are_a_pair(foreground: Foreground, pixels: Pixels, both: list[int]) -> bool:
    areas = foreground.areas[both]
    masks = [(foreground.labels == one + 1).astype(np.uint8) for one in both]
    colours = [
        cv2.calcHist([pixels], [0, 1, 2], mask, [4, 4, 4], [0, 256] * 3).ravel() for mask in masks
    ]
    alike = cv2.compareHist(colours[0], colours[1], cv2.HISTCMP_CORREL)
    return bool(areas.max() < 1.5 * areas.min() and alike > 0.9)
