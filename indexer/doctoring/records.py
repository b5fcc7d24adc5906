"""What ``indexer doctor`` finds out."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of fault, in the order in which a report shows them."""

    LABEL = "label"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    PLACEHOLDER = "placeholder"
    BLANK = "blank"
    TEXT = "text"
    BLURRED = "blurred"
    TINY = "tiny"
    OUTLIER = "outlier"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the catalog; ``size`` is its upright (width, height) in pixels.

    ``source`` is as the catalog has it, ``place`` the path or URL that it is read from.
    """

    image_id: int
    product_id: str
    source: str
    place: str
    sha256: str
    size: tuple[int, int]
    title: str
    category: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what is wrong with ``images``, in a sentence.

    ``beside`` are pictures to compare them with. ``score`` is what the kind's rule compares with
    its bar, see docs/doctor.md. ``suggestion`` is the category that a wrongly labelled picture
    looks like, otherwise empty.
    """

    kind: Kind
    reason: str
    images: tuple[Shown, ...]
    score: float
    suggestion: str = ""
    beside: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found in so many pictures; ``counts`` has every kind, 0 where nothing was found.

    ``rejected`` rows or images cannot be used at all and were not looked at, ``unread`` images can
    be used but could not be read again. ``findings`` are sorted by kind, the clearest first.
    """

    catalog: str
    model: str
    products: int
    images: int
    rejected: int
    unread: int
    counts: dict[Kind, int]
    findings: list[Finding]
    seconds: float
