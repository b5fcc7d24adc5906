"""What is asked of an index, and what choosing and tuning one found."""

from dataclasses import dataclass

TARGET_RECALL = 0.98


@dataclass(frozen=True, slots=True)
class Limits:
    """``target_recall`` is of the ten nearest, 0 to 1; ``max_memory`` is in bytes."""

    target_recall: float
    max_memory: int

    def changed(self, target_recall: float | None, max_memory: int | None) -> "Limits":
        """With what is given in place of what is here."""
        return Limits(
            self.target_recall if target_recall is None else target_recall,
            self.max_memory if max_memory is None else max_memory,
        )


@dataclass(frozen=True, slots=True)
class Effort:
    """A setting of an index, the share of the ten nearest that it found, and how long it took.

    ``effort`` is steps in a graph or inverted lists, ``depth`` how many times as many as wanted are
    compared at full length, ``ms`` the milliseconds of one query in one thread.
    """

    effort: int
    depth: int
    recall: float
    ms: float


@dataclass(frozen=True, slots=True)
class Trial:
    """An index that was tried on ``images``, with ``queries`` that were held out.

    ``best`` is the quickest of the ``efforts`` that finds enough, or what finds most.
    ``bytes_per_image`` is of the file. What is expected is for all images of the catalog: ``ms`` of
    a query, ``seconds`` of building, ``memory`` in bytes that every search goes through.
    ``verdict`` says why it was not taken, empty for the one that was.
    """

    codes: str
    images: int
    queries: int
    bytes_per_image: float
    build_seconds: float
    efforts: tuple[Effort, ...]
    best: Effort
    expected_ms: float
    expected_seconds: float
    expected_memory: int
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The index of a version: ``codes`` are ``exact``, or FAISS's name of what is searched.

    ``tuned`` is its setting, found on all images with ``queries`` that were held out, and
    ``efforts`` all that were measured; an exact one has none. ``tried`` are on a sample, the one
    that was taken first.
    """

    codes: str
    images: int
    build_seconds: float
    target_recall: float
    max_memory: int
    queries: int
    tuned: Effort | None
    efforts: tuple[Effort, ...]
    tried: tuple[Trial, ...]
