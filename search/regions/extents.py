"""Where things lie in a picture, as shares of its sides."""

from collections.abc import Sequence

import numpy as np

Extent = tuple[float, float, float, float]
"""x1, y1, x2, y2 from 0 to 1."""

_MARGIN = 0.2
"""How much of what surrounds a thing is shown with it, as a share of the picture's side.

Photos of products show some of it too: of halves of collages, the boxes of which are asked, 3 more
in a hundred find their product with it than without (docs/regions.md).
"""


def area(one: Extent) -> float:
    """As a share of the picture's."""
    return max(0.0, one[2] - one[0]) * max(0.0, one[3] - one[1])


def overlap(one: Extent, other: Extent) -> float:
    """What two have in common, as a share of the smaller one."""
    left, top = np.maximum(one[:2], other[:2]).tolist()
    right, bottom = np.minimum(one[2:], other[2:]).tolist()
    return area((left, top, right, bottom)) / max(min(area(one), area(other)), 1e-9)


def parted(extents: Sequence[Extent]) -> list[Extent]:
    """Two that share a strip end in the middle of it: no two objects are in one place."""
    if len(extents) != 2:
        return list(extents)
    one, other = list(extents[0]), list(extents[1])
    at = _axis(extents[0], extents[1])
    first, second = sorted((one, other), key=lambda extent: extent[at] + extent[at + 2])
    if first[at + 2] > second[at]:
        first[at + 2] = second[at] = (first[at + 2] + second[at]) / 2
    return [_extent(one), _extent(other)]


def widened(extents: Sequence[Extent]) -> list[Extent]:
    """With a margin, at most to the middle between two."""
    found = [
        [one[0] - _MARGIN, one[1] - _MARGIN, one[2] + _MARGIN, one[3] + _MARGIN] for one in extents
    ]
    if len(found) == 2:
        at = _axis(extents[0], extents[1])
        first, second = sorted(
            (0, 1), key=lambda place: extents[place][at] + extents[place][at + 2]
        )
        middle = (extents[first][at + 2] + extents[second][at]) / 2
        found[first][at + 2] = min(found[first][at + 2], middle)
        found[second][at] = max(found[second][at], middle)
    return [_extent(np.clip(one, 0, 1).tolist()) for one in found]


def _axis(one: Extent, other: Extent) -> int:
    """0 where two lie side by side, 1 where one is above the other."""
    shares = [
        (min(one[at + 2], other[at + 2]) - max(one[at], other[at]))
        / max(min(one[at + 2] - one[at], other[at + 2] - other[at]), 1e-9)
        for at in (0, 1)
    ]
    return 0 if shares[0] <= shares[1] else 1


def _extent(sides: Sequence[float]) -> Extent:
    x1, y1, x2, y2 = (float(side) for side in sides)
    return x1, y1, x2, y2
