"""Heads against each other, on images that none of them was fitted to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.evaluating.metrics import Interval, Values, bootstrap, paired_gain
from indexer.tuning.labels import Labelled
from indexer.tuning.records import Candidate
from search.embedding.head import Head


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """A head: right (1) or wrong (0) for each held-out image, and how it is fitted to all images.

    Fitting gives None when it fails. ``refit`` is as in ``Tuning``.
    """

    name: str
    hits: Values
    on_all: Callable[[], Head | None]
    refit: Callable[[Labelled], Head | None] | None = None

    @property
    def recall(self) -> float:
        """The share of held-out images whose nearest image is right."""
        return float(self.hits.mean())

    def gain(self, other: "Entry") -> Interval:
        """The difference in recall."""
        return paired_gain(other.hits, self.hits)


@dataclass(frozen=True, eq=False, slots=True)
class Contest:
    """``untuned`` entries, at least one, the first of which is used by default; ``tuned`` ones."""

    untuned: Sequence[Entry]
    tuned: Sequence[Entry]

    @property
    def bar(self) -> Entry:
        """The best without labels: what a head that was fitted to labels is compared with."""
        return max(self.untuned, key=lambda one: one.recall)

    @property
    def default(self) -> Entry:
        """What is used when no label helps."""
        first = self.untuned[0]
        return self.bar if self.bar is not first and self.bar.gain(first).low > 0 else first

    @property
    def winner(self) -> Entry:
        """The best fitted to labels if its gain is certain, otherwise the default."""
        best = max(self.tuned, key=lambda one: one.recall)
        return best if best.gain(self.bar).low > 0 else self.default

    def candidates(self, used: Entry) -> tuple[Candidate, ...]:
        """All of them, for the report."""
        bar = self.bar
        return tuple(
            Candidate(
                name=one.name,
                recall=bootstrap(one.hits),
                gain=None if one is bar else one.gain(bar),
                chosen=one is used,
            )
            for one in (*self.untuned, *self.tuned)
        )

    def reason(self, used: Entry) -> str:
        """Why that one, in a sentence."""
        if used in self.untuned:
            return f"No head that was fitted to labels is certainly better than {self.bar.name}."
        gain = used.gain(self.bar)
        return (
            f"It finds a right image first {100 * gain.value:.1f} points more often than "
            f"{self.bar.name} (95 % interval: {100 * gain.low:.1f} to {100 * gain.high:.1f})."
        )
