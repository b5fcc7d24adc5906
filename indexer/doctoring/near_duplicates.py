"""Pictures of several products that are one picture, cropped, scaled or compressed again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from indexer.doctoring.duplicates import shared
from indexer.doctoring.looking import Looks
from indexer.doctoring.nearby import nearby
from indexer.doctoring.records import Finding, Kind, Shown
from indexer.doctoring.same_picture import agreement
from indexer.holdout import Mask
from indexer.progress import Steps
from search.arrays import Floats

_CANDIDATES = 5
"""Nearest images of each that are compared with it pixel by pixel."""

_LIKELY = 0.5
"""The cosine below which none is compared."""

_SAME = 0.97
"""The agreement from which two pictures are one."""

Pair = tuple[int, int]


def near_duplicates(
    images: Sequence[Shown], vectors: Floats, looks: Looks, useless: Set[int], steps: Steps
) -> Iterator[Finding]:
    """One finding for each group of pictures; those that are alike to the byte are none.

    The images whose ids are ``useless`` are not compared.
    """
    usable = ~np.isnan(looks.blur) & [image.image_id not in useless for image in images]
    pairs = _candidates(images, vectors, usable)
    done = steps.start("Near duplicates", len(pairs))
    thumbnails = looks.thumbnails

    def compare(pair: Pair) -> float:
        return agreement(thumbnails[pair[0]], thumbnails[pair[1]])

    agreed: dict[Pair, float] = {}
    with ThreadPoolExecutor() as threads:
        for pair, score in zip(pairs, threads.map(compare, pairs), strict=True):
            if score >= _SAME:
                agreed[pair] = score
            done(1)
    for group, score in _groups(agreed):
        yield shared([images[at] for at in group], Kind.NEAR_DUPLICATE, score)


def _candidates(images: Sequence[Shown], vectors: Floats, usable: Mask) -> list[Pair]:
    """Near images of different products and contents, the lower place first."""
    if len(images) < 2:
        return []
    near, scores = nearby(vectors, _CANDIDATES)
    own, at = np.nonzero(scores >= _LIKELY)
    pairs = zip(own.tolist(), near[own, at].tolist(), strict=True)
    found = {(min(pair), max(pair)) for pair in pairs}
    return sorted(
        (a, b)
        for a, b in found
        if images[a].product_id != images[b].product_id
        and images[a].sha256 != images[b].sha256
        and usable[a]
        and usable[b]
    )


def _groups(agreed: dict[Pair, float]) -> Iterator[tuple[list[int], float]]:
    """Those that any chain of pairs links, with the least agreement of these."""
    neighbours = defaultdict[int, set[int]](set)
    for a, b in agreed:
        neighbours[a].add(b)
        neighbours[b].add(a)
    seen: set[int] = set()
    for start in sorted(neighbours):
        if start in seen:
            continue
        group, todo = {start}, [start]
        while todo:
            fresh = neighbours[todo.pop()] - group
            group |= fresh
            todo += fresh
        seen |= group
        yield sorted(group), min(score for pair, score in agreed.items() if pair[0] in group)
