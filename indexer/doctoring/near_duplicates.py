"""Pictures of several products that are one picture, cropped, scaled or compressed again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from indexer.doctoring.duplicates import shared
from indexer.doctoring.looking import Looks
from indexer.doctoring.nearby import nearby
from indexer.doctoring.records import Finding, Kind, Shown
from indexer.doctoring.same_picture import agreement, best_views, views
from indexer.holdout import Mask
from indexer.progress import Steps
from search.arrays import Floats, Pixels

_CANDIDATES = 20
"""Nearest images of each that are compared with it: half of a picture can be far from the whole."""

_PROMISING = 0.75
"""The coarse correlation from which two pictures are aligned."""

_SAME = 0.992
"""The agreement from which they are one."""

_Pair = tuple[int, int]


def near_duplicates(
    images: Sequence[Shown], vectors: Floats, looks: Looks, useless: Set[int], steps: Steps
) -> Iterator[Finding]:
    """One finding for each group of pictures; those that are alike to the byte are none.

    The images whose ids are ``useless`` are not compared.
    """
    usable = ~np.isnan(looks.blur) & [image.image_id not in useless for image in images]
    others = _candidates(images, vectors, usable)
    done = steps.start("Near duplicates", len(others))
    compared = _Comparison(looks.thumbnails)
    agreed: dict[_Pair, float] = {}
    with ThreadPoolExecutor() as threads:
        for found in threads.map(compared.parts_of, others, others.values()):
            agreed |= found
            done(1)
    for group, score in _groups(agreed):
        yield shared([images[at] for at in group], Kind.NEAR_DUPLICATE, score)


class _Comparison:
    def __init__(self, thumbnails: Pixels) -> None:
        self._thumbnails = thumbnails
        self._wholes = np.stack([views(one)[0] for one in thumbnails])

    def parts_of(self, whole: int, others: list[int]) -> dict[_Pair, float]:
        """Which of the others are a part of an image, with their agreement."""
        best, scores = best_views(views(self._thumbnails[whole]), self._wholes[others])
        found = {}
        for other, view, score in zip(others, best, scores, strict=True):
            if score >= _PROMISING:
                both = self._thumbnails[whole], self._thumbnails[other]
                if (agreed := agreement(*both, int(view))) >= _SAME:
                    found[whole, other] = agreed
        return found


def _candidates(images: Sequence[Shown], vectors: Floats, usable: Mask) -> dict[int, list[int]]:
    """Each image and those near it, of other products and contents; near is mutual."""
    others = defaultdict[int, set[int]](set)
    near, _ = nearby(vectors, _CANDIDATES)
    for one, found in enumerate(near.tolist()):
        for other in found:
            a, b = images[one], images[other]
            differ = a.product_id != b.product_id and a.sha256 != b.sha256
            if differ and usable[one] and usable[other]:
                others[one].add(other)
                others[other].add(one)
    return {one: sorted(others[one]) for one in sorted(others)}


def _groups(agreed: dict[_Pair, float]) -> Iterator[tuple[list[int], float]]:
    """Those that any chain of pairs links, with the least agreement of these."""
    linked = defaultdict[int, set[int]](set)
    for a, b in agreed:
        linked[a].add(b)
        linked[b].add(a)
    seen: set[int] = set()
    for start in sorted(linked):
        if start in seen:
            continue
        group, todo = {start}, [start]
        while todo:
            fresh = linked[todo.pop()] - group
            group |= fresh
            todo += fresh
        seen |= group
        yield sorted(group), min(score for pair, score in agreed.items() if pair[0] in group)
