"""Do objects find more than whole pictures? Held-out pictures were asked both ways."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from indexer.grading.asking import Asked
from indexer.regions.cutting import Parts
from search.regions.deciding import department

_CHANCE = 0.05
"""How likely chance alone may find so much more, in any department."""

_NO_MAP = "in no picture that was asked an object stood out"


@dataclass(frozen=True, slots=True)
class Department:
    """Of ``photos`` asked both ways the object found what was right where the whole picture did
    not (``better``), and the other way round (``worse``); ``searched`` where that is no chance."""

    photos: int
    better: int
    worse: int
    searched: bool


@dataclass(frozen=True, slots=True)
class RegionsReport:
    """What was found out, by the first name of the category; ``reason`` says why nothing was."""

    seconds: float
    departments: dict[str, Department]
    reason: str = ""


def compare(parts: Parts, asked: Sequence[Asked], of_parts: Sequence[Asked]) -> RegionsReport:
    """Where objects find more: a sign test over the pictures that only one way finds.

    As many departments as there are share the chance of being wrong (Bonferroni).
    """
    whole = {one.row.image_id: one for one in asked}
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for part in of_parts:
        other = whole.get(part.row.image_id)
        if other is None or not other.found:
            continue
        first = other.found[0]
        count = counts[department(first.product.category)]
        count[0] += 1
        count[1] += _is_right(part) and not _is_right(other)
        count[2] += _is_right(other) and not _is_right(part)
    level = _CHANCE / max(len(counts), 1)
    found = {
        name: Department(photos, better, worse, by_chance(better, worse) <= level)
        for name, (photos, better, worse) in sorted(counts.items())
    }
    reason = parts.reason or ("" if found else _NO_MAP)
    return RegionsReport(round(parts.seconds, 2), found, reason)


def by_chance(better: int, worse: int) -> float:
    """How likely a fair coin shows heads at least ``better`` times of all."""
    tosses = better + worse
    return float(sum(comb(tosses, heads) for heads in range(better, tosses + 1)) / 2**tosses)


def _is_right(one: Asked) -> bool:
    """Of the product, or of the category where the product was taken out."""
    if not one.found:
        return False
    first = one.found[0].product
    if one.kind == "product":
        return first.product_id == one.row.product_id
    return bool(one.row.category) and first.category == one.row.category
