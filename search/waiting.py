"""Who waits for an answer, may stop waiting, and may want to know how it comes about."""

from typing import Literal, Protocol

Stage = Literal[
    "fetch", "decode", "embed", "colours", "filter", "search", "hydrate", "facets", "predict"
]
"""The steps of a query, each left out where there is nothing to do.

``fetch`` reads a file or URL, ``hydrate`` what the catalog has of products.
"""

Cache = Literal["pictures", "filters", "facets"]
"""What is kept: pictures to ask again, what passes a filter, and the columns that are counted."""


class Waiter(Protocol):
    """Asked before each step of the work, so that none is done for nobody."""

    def check(self) -> None:
        """Raises when the answer is not waited for any more."""
        ...

    def begin(self, stage: Stage) -> None:
        """Told that the stage before has ended and this one begins; raises as ``check`` does."""
        ...

    def looked_up(self, cache: Cache, was_there: bool) -> None:
        """Told whether what was wanted of a cache was kept there."""
        ...

    def embedded(self, together: int) -> None:
        """Told by the first of so many pictures that went through the backbone together."""
        ...


class Patient:
    """Waits however long it takes."""

    def check(self) -> None:
        """Never raises."""

    def begin(self, stage: Stage) -> None:
        """Never raises."""

    def looked_up(self, cache: Cache, was_there: bool) -> None:
        """Does not mind."""

    def embedded(self, together: int) -> None:
        """Does not mind."""


PATIENT = Patient()
