"""What tuning found: which heads were tried, and which one is used."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.evaluating.metrics import Interval
from indexer.tuning.labels import Labelled
from search.embedding.head import Head


@dataclass(frozen=True, slots=True)
class Candidate:
    """A head that was tried: its Recall@1 on held-out images, and its gain over ``against``.

    What it is compared with itself has no gain.
    """

    name: str
    recall: Interval
    gain: Interval | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class TuningReport:
    """``candidates`` in the order in which they were tried, none when nothing could be measured.

    ``images`` were looked at, ``held_out`` of them asked. ``reason`` is one sentence.
    """

    candidates: tuple[Candidate, ...]
    chosen: str
    images: int
    held_out: int
    seconds: float
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class Tuning:
    """The head to use and why.

    ``refit`` fits it again to some of the images, None when that fails: what is measured with the
    head itself, on images that it has learned, is too good. A head that learned no labels has none.
    """

    head: Head
    report: TuningReport
    refit: Callable[[Labelled], Head | None] | None = None
