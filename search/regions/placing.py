"""From a map's positions to pixels of the picture that it was made of."""

from collections.abc import Sequence

from search.embedding.preprocessing import JointPreprocessing, Prepares, Preprocessing
from search.images import MIN_SIDE
from search.regions import Box, SeenObject
from search.regions.finding import Part


def covered(prepares: Prepares, region: Box) -> Box:
    """What of a picture a map of this region covers; more than the region where that was padded."""
    first = prepares.members[0] if isinstance(prepares, JointPreprocessing) else prepares
    fit = first.fit if isinstance(first, Preprocessing) else "squash"
    x1, y1, x2, y2 = region
    sides = x2 - x1, y2 - y1
    if fit == "squash":
        return region
    side = min(sides) if fit == "shortest" else max(sides)
    left, top = (
        start + round((length - side) / 2) for start, length in zip((x1, y1), sides, strict=True)
    )
    return left, top, left + side, top + side


def placed(parts: Sequence[Part], prepares: Prepares, size: tuple[int, int]) -> list[SeenObject]:
    """Of a whole picture of that (width, height); parts too small to be a picture are left out."""
    left, top, right, bottom = covered(prepares, (0, 0, *size))
    width, height = right - left, bottom - top
    found = []
    for (x1, y1, x2, y2), weight in parts:
        box = (
            max(0, round(left + x1 * width)),
            max(0, round(top + y1 * height)),
            min(size[0], round(left + x2 * width)),
            min(size[1], round(top + y2 * height)),
        )
        if min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE:
            found.append(SeenObject(box, round(weight, 4)))
    return found
