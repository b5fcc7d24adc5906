"""What category a picture shows, from its neighbours' categories and from the picture itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NEIGHBOURS = 10
"""How many of the nearest products vote."""

_SHARPNESS = 4
"""Votes weigh score ** 4: a neighbour half as similar counts a sixteenth. On photos of groceries
powers from 1 to 8 differ by less than chance (75.7 to 76.4 % right)."""

_MOST = 5


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """A category path and its share of the neighbours' weighted votes, 0 to 1."""

    path: str
    p: float


def predict_categories(
    neighbours: Iterable[tuple[str, float]], shares: Mapping[str, float] | None = None
) -> list[CategoryShare]:
    """(category path, score) of the nearest products → the likeliest paths, best first.

    ``shares`` are those of a classifier (``search.categories``) among the voted paths that it
    knows. It redistributes half of what these were voted, ``p = (votes + known * share) / 2``, and
    leaves alone the votes for paths that it does not know: a new category needs no classifier.
    """
    votes: defaultdict[str, float] = defaultdict(float)
    for path, score in neighbours:
        if path:
            votes[path] += max(score, 0.0) ** _SHARPNESS
    shares = shares or {}
    total = sum(votes.values())
    known = sum(vote for path, vote in votes.items() if path in shares)
    likely = {
        path: (vote + known * shares[path]) / 2 if path in shares else vote
        for path, vote in votes.items()
    }
    ranked = sorted(likely.items(), key=lambda one: (-one[1], one[0]))[:_MOST]
    return [CategoryShare(path, round(one / total, 4)) for path, one in ranked if total > 0]
