"""From a backbone's map of a picture to the parts of it that stand out.

As in SCDA (Wei, Luo, Wu, Zhou, "Selective Convolutional Descriptor Aggregation for Fine-Grained
Image Retrieval", IEEE TIP 2017): the channels of each position are added up, what lies below a
threshold is left out, and of the rest the largest connected part is the object. Several things side
by side are connected, too, as a map has few positions. So first the rest is cut in two where its
positions are least alike: a normalised cut (Shi and Malik, "Normalized Cuts and Image
Segmentation", IEEE PAMI 2000) of the graph of their cosines, as TokenCut (Wang et al., CVPR 2022)
cuts a transformer's tokens. Two parts that lie apart are two objects.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats, unit_rows
from search.regions.extents import Extent, area, overlap, parted, widened

_ACTIVE = 0.5
"""What has less than that many times the mean activation shows nothing."""

_INNER = 0.3
"""From this quantile of a part to the one opposite its extent is measured, so that strays do not
widen it."""

_CUT = 0.12
"""The largest second eigenvalue of two things' graph: that of one thing holds together more."""

_APART = 0.2
"""The largest share of the smaller box that two objects have in common, before they are parted."""

_LEAST = 0.1
"""The least share of all activation that an object has."""

_WHOLE = 0.8
"""A box with more than that share of the picture says nothing."""

_KINSHIP = 1e-5
"""All positions are at least that much alike, so that the graph is connected."""

Mask = NDArray[np.bool_]


class Part(NamedTuple):
    """Where it lies, and its share of the activation."""

    extent: Extent
    weight: float


def stand_outs(seen: Floats) -> list[Part]:
    """(h, w, channels) → what stands out, the strongest first; none where everything does."""
    activation = np.maximum(seen, 0).sum(axis=2)
    total = float(activation.sum())
    if not np.isfinite(total) or total <= 0 or min(activation.shape) < 3:
        return []
    active = activation > _ACTIVE * activation.mean()
    found = [_part(activation, one) for one in _cut(seen, active)]
    if not found or overlap(found[0].extent, found[1].extent) > _APART:
        found = [_part(activation, activation >= min(activation.mean(), activation.max()))]
    extents = parted([one.extent for one in found])
    kept = [
        Part(with_margin, one.weight)
        for one, extent, with_margin in zip(found, extents, widened(extents), strict=True)
        if one.weight >= _LEAST and area(extent) <= _WHOLE
    ]
    return sorted(kept, key=lambda one: (-one.weight, one.extent))


def _cut(seen: Floats, active: Mask) -> list[Mask]:
    """The two least alike sides of what is active, (h, w) each; none if all of it is alike."""
    rows = seen.reshape(-1, seen.shape[2])
    places = np.flatnonzero(active)
    if len(places) < 4:
        return []
    alike = unit_rows(rows - rows.mean(axis=0))[places]
    graph = np.maximum(alike @ alike.T, 0).astype(np.float64) + _KINSHIP
    scale = 1 / np.sqrt(graph.sum(axis=1))
    values, vectors = np.linalg.eigh(np.eye(len(graph)) - scale[:, None] * graph * scale)
    side = vectors[:, 1] * scale > 0
    if values[1] > _CUT or side.all() or not side.any():
        return []
    return [_mask(active, places[which]) for which in (side, ~side)]


def _mask(like: Mask, places: NDArray[np.intp]) -> Mask:
    found = np.zeros(like.size, np.bool_)
    found[places] = True
    return found.reshape(like.shape)


def _part(activation: Floats, mask: Mask) -> Part:
    """The heaviest connected part of a mask."""
    labels = connected(mask)
    weights = np.bincount(labels.ravel(), activation.ravel())[1:]
    heaviest = 1 + int(np.argmax(weights))
    inside = np.where(labels == heaviest, activation, 0).astype(np.float64)
    x1, x2 = _span(inside.sum(axis=0))
    y1, y2 = _span(inside.sum(axis=1))
    return Part((x1, y1, x2, y2), float(inside.sum() / activation.sum()))


def connected(mask: Mask) -> NDArray[np.intp]:
    """(h, w) → 0 outside of the mask, and 1, 2, … for the positions of each connected part.

    Positions touch at their sides. A map has few of them, so that servers need not load a library
    of image processing for this.
    """
    labels = np.zeros(mask.shape, np.intp)
    places = [(int(y), int(x)) for y, x in np.argwhere(mask)]
    left, parts = set(places), 0
    for start in places:
        if start in left:
            parts += 1
            for place in _reached(start, left):
                labels[place] = parts
    return labels


def _reached(start: tuple[int, int], left: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """All that hangs together with ``start``, which is taken out of what is ``left``."""
    left.remove(start)
    edge = [start]
    while edge:
        y, x = edge.pop()
        yield y, x
        near = {(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)} & left
        left -= near
        edge += near


def _span(weights: NDArray[np.float64]) -> tuple[float, float]:
    """Where a part begins and ends, as if it were as dense everywhere as in its middle.

    What ends less than a position from the edge of the picture ends there: a map sees no finer.
    """
    steps = np.linspace(0, 1, len(weights) + 1)
    reached = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    low, high = np.interp((_INNER, 1 - _INNER), reached, steps)
    middle, half = (low + high) / 2, (high - low) / 2 / (1 - 2 * _INNER)
    start, end = middle - half, middle + half
    position = steps[1]
    return (0.0 if start < position else float(start)), (1.0 if end > 1 - position else float(end))
