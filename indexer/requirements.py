"""Bars that a measured metric must clear, like ``recall@1>=0.8``."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

METRICS = (
    "recall@1, recall@5, recall@10, map, category@N (level N), category, precision, recall, f1, "
    "rejected@1 (with --feedback)"
)
"""What may be required, as messages list it."""

EVALUATED_ONLY = ("precision", "recall", "f1")
"""What a build does not measure."""

_FORM = re.compile(
    r"\s*(recall@(?:1|5|10)|map|category(?:@[1-9]\d*)?|precision|recall|f1|rejected@1)"
    r"\s*(>=|<=|>|<)\s*(\d*\.?\d+)\s*"
)
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """``metric`` compared by ``comparison`` with ``bar``, a share from 0 to 1."""

    metric: str
    comparison: str
    bar: float

    def __str__(self) -> str:
        return f"{self.metric}{self.comparison}{self.bar}"

    def check(self, value: float | None) -> "Checked":
        """Against the measured value; one that could not be measured is never enough."""
        is_met = value is not None and _COMPARISONS[self.comparison](value, self.bar)
        return Checked(str(self), value, is_met)


@dataclass(frozen=True, slots=True)
class Checked:
    """A requirement, and the value that was measured; None when nothing could measure it."""

    requirement: str
    value: float | None
    is_met: bool

    @property
    def sentence(self) -> str:
        """Why it is missed."""
        found = "no photo measures it" if self.value is None else f"it is {self.value:.6g}"
        return f"{self.requirement} is missed: {found}."


def parse_requirement(text: str) -> Requirement:
    """``NAME>=SHARE`` (or >, <=, <); raises ValueError with a sentence that lists the names."""
    found = _FORM.fullmatch(text)
    if found is None or float(found[3]) > 1:
        raise ValueError(
            f"'{text}' is no requirement; write it like 'recall@1>=0.8': a metric ({METRICS}), "
            "one of >=, >, <=, <, and a share from 0 to 1."
        )
    return Requirement(found[1], found[2], float(found[3]))
