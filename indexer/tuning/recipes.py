"""The heads that are fitted to labels, as recipes: tried on some images, repeated on all."""

from dataclasses import dataclass, replace
from typing import Literal

from indexer.tuning.discriminant import Discriminant
from indexer.tuning.fitting import fit
from indexer.tuning.labels import Labelled, Task
from indexer.tuning.settings import Settings
from indexer.tuning.splitting import Split
from search.embedding.head import Head

_EMPHASES = {"discriminant": 0.0, "discriminant, strong directions first": 0.25}

Taught = Literal["", "kinds", "all"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A discriminant, turned by ``epochs`` of gradient descent where something is ``taught``.

    That is products and categories (``kinds``), or attributes too (``all``).
    """

    name: str
    emphasis: float
    taught: Taught = ""
    epochs: int = 0

    def fit(self, labelled: Labelled) -> Head | None:
        """The head of these images; None when it cannot be fitted, which was said then."""
        start = Discriminant.of(labelled).head(self.emphasis)
        if not self.taught:
            return start
        settings = Settings(epochs=self.epochs)
        found = fit(labelled.features, _tasks(labelled, self.taught), start, settings)
        return found.head if found else None


def tuned(split: Split) -> list[tuple[Recipe, Head]]:
    """Every recipe that there are labels for, with the head that it gives on what is learned from.

    Gradient descent starts from the best of the discriminants, and says after how many epochs it
    was best on the held-out images.
    """
    basis = Discriminant.of(split.learn)
    found = [(Recipe(name, emphasis), basis.head(emphasis)) for name, emphasis in _EMPHASES.items()]
    first, start = max(found, key=lambda one: split.recall(one[1]))
    names: dict[Taught, str] = {"kinds": "cosine softmax"}
    if split.learn.attributes:
        names["all"] = "cosine softmax, attributes too"
    for taught, name in names.items():
        tasks = _tasks(split.learn, taught)
        best = fit(split.learn.features, tasks, start, Settings(), split.recall)
        if best:
            recipe = replace(first, name=name, taught=taught, epochs=best.epochs)
            found.append((recipe, best.head))
    return found


def _tasks(labelled: Labelled, taught: Taught) -> tuple[Task, ...]:
    return (*labelled.kinds, *labelled.attributes) if taught == "all" else labelled.kinds
