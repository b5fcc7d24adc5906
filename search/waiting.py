"""Who waits for an answer, and may stop waiting."""

from typing import Protocol


class Waiter(Protocol):
    """Asked before each step of the work, so that none is done for nobody."""

    def check(self) -> None:
        """Raises when the answer is not waited for any more."""
        ...

    def embedded(self, together: int) -> None:
        """Told by the first of so many pictures that went through the backbone together."""
        ...


class Patient:
    """Waits however long it takes."""

    def check(self) -> None:
        """Never raises."""

    def embedded(self, together: int) -> None:
        """Does not mind."""


PATIENT = Patient()
