"""What ``benchmarks/soak.py`` works on, and what its clients find out."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event

ASKED, EDITED = 40, 40
"""How many of the stable products readers ask for, and how many products builds edit."""

ITSELF, SAME = 0.999, 5e-3
"""The least score of a picture with itself; scores of one pair differ by no more than SAME."""

Row = dict[str, str]
Scores = dict[str, float]


@dataclass
class Shop:
    """``stable`` rows are in every version, ``edited`` ones change; ``spare`` pictures go in
    live, and ``watched`` ones to see how fast."""

    folder: Path
    stable: list[Row]
    edited: list[Row]
    spare: list[bytes]
    watched: list[bytes]

    def write(self, number: int) -> None:
        """The catalog file of one build: other pictures, other products, other prices."""
        random = Random(number)  # noqa: S311
        pictures = random.sample(self.edited, EDITED)
        rows = [
            {**row, "image": picture["image"], "price": f"{number % 90 + 1}.5"}
            for row, picture in zip(self.edited, pictures, strict=True)
        ]
        with (self.folder / "catalog.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows([*self.stable, *random.sample(rows, EDITED * 3 // 4)])


@dataclass
class Findings:
    """What happened, added to by every thread."""

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    inconsistent: list[str] = field(default_factory=list)
    shown: list[tuple[int, str, Scores]] = field(default_factory=list)
    expected: dict[int, dict[str, Scores]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    changes: Counter[str] = field(default_factory=Counter)
    visible: list[float] = field(default_factory=list)
    done: Event = field(default_factory=Event)

    def check_scores(self) -> None:
        """Every score between products that never change, against the version's own files."""
        for version, asked, scores in self.shown:
            right = self.expected[version][asked]
            wrong = {one: (scores[one], right[one]) for one in scores.keys() & right.keys()}
            if any(abs(found - true) > SAME for found, true in wrong.values()):
                self.inconsistent.append(f"version {version}, {asked}: {wrong}")
