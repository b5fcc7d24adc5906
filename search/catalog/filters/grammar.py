"""Filters as people write them → expressions.

::

    filter = ["-"] name ":" (range | value {"," value})      "-": what does not pass
    range  = [number] ".." [number]                          both ends included

``brand:acme,zen`` · ``price:10..199`` · ``price:..50`` · ``in_stock:true`` ·
``category:Fruit > Apple`` (it and all below) · ``-brand:acme`` · ``colour:red`` (an attribute).

Blanks around names, values and numbers mean nothing. Double quotes go around a name that holds
``:`` or starts with ``-``, and around a value that holds ``,`` or ``..``; a quote inside of them
is written twice: ``size:"5"" or more, wide"``.
"""

import re
from collections.abc import Callable, Sequence

from search.catalog.filters.expressions import (
    All,
    Between,
    Expression,
    Field,
    Not,
    OneOf,
    Place,
    Under,
)
from search.catalog.records import Scalar
from search.catalog.rows.values import category
from search.errors import BadFilter

LONGEST = 2_000
"""Characters of one filter."""

MOST_VALUES = 200
"""Values and ranges of all filters together."""

_BLANKS = re.compile(r"\s*")
_NAME = re.compile(r'[^":]*')
_VALUE = re.compile(r"(?:(?!\.\.)[^,])*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)
_UNFIT = re.compile("[\0\ud800-\udfff]")
_TRUTHS = {"true": True, "false": False}


def parse(filters: Sequence[str]) -> All:
    """What passes every filter; raises BadFilter."""
    left = MOST_VALUES
    expressions = []
    for text in filters:
        scanner = _Scanner(text, left)
        expressions.append(scanner.filter())
        left = scanner.left
    return All(tuple(expressions))


class _Scanner:
    """Reads one filter from left to right; ``left`` is how many values it may still have."""

    def __init__(self, text: str, left: int) -> None:
        self.text = text
        self.at = 0
        self.left = left

    def filter(self) -> Expression:
        if len(self.text) > LONGEST:
            raise self._stop(f"at most {LONGEST:,} characters", LONGEST)
        if unfit := _UNFIT.search(self.text):
            raise self._stop("text that a database can hold", unfit.start())
        negated = self._take("-")
        field = self._field()
        expression = self._range(field) or self._values(field)
        if self.at < len(self.text):
            raise self._stop("the end of the filter")
        return Not(expression) if negated else expression

    def _field(self) -> Field:
        self._blanks()
        place = Place(self.text, self.at)
        name = self._quoted() if self._sees('"') else self._match(_NAME).strip()
        if not name:
            raise self._stop("the name of a column or attribute", place.position)
        if not self._take(":"):
            raise self._stop("':' and a value")
        return Field.of(name, place)

    def _range(self, field: Field) -> Expression | None:
        """A range if one is next; otherwise nothing is read."""
        start = self.at
        low = self._number()
        dots = self.at
        if not self._take(".."):
            self.at = start
            return None
        if not (field.is_attribute or field.name == "price"):
            raise self._stop(f"a value of {field.name}; only numbers have ranges", dots)
        self._count(start)
        self._blanks()
        where = self.at
        high = self._number()
        if high is None and (low is None or self.at < len(self.text)):
            raise self._stop("a number", where)
        if low is not None and high is not None and low > high:
            raise self._stop("a number that is not below the first one", where)
        return Between(field, low, high)

    def _values(self, field: Field) -> Expression:
        values = {self._value(field)}
        while self._take(","):
            values.add(self._value(field))
        if field.name == "category":
            return Under(tuple(sorted(map(str, values))))
        return OneOf(field, tuple(sorted(values, key=str)))

    def _value(self, field: Field) -> Scalar:
        self._blanks()
        start = self.at
        self._count(start)
        quoted = self._sees('"')
        text = self._quoted() if quoted else self._match(_VALUE).strip()
        if not text and not quoted:
            raise self._stop(_WANTED.get(field.name, "a value"), start)
        value = _READ.get(field.name, str)(text)
        if value is None:
            raise self._stop(_WANTED[field.name], start)
        self._blanks()
        if self.at < len(self.text) and not self._sees(","):
            raise self._stop("',' or the end of the filter; put quotes around a value with '..'")
        return value

    def _number(self) -> float | None:
        self._blanks()
        found = self._match(_NUMBER)
        self._blanks()
        return float(found) if found else None

    def _quoted(self) -> str:
        found = _QUOTED.match(self.text, self.at)
        if found is None:
            raise self._stop("a closing quote", len(self.text))
        self.at = found.end()
        self._blanks()
        return found[1].replace('""', '"').strip()

    def _count(self, position: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise self._stop(f"at most {MOST_VALUES} values in all filters", position)

    def _blanks(self) -> None:
        self._match(_BLANKS)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _take(self, sign: str) -> bool:
        self._blanks()
        seen = self._sees(sign)
        self.at += len(sign) * seen
        return seen

    def _stop(self, expected: str, position: int | None = None) -> BadFilter:
        return BadFilter(self.text, self.at if position is None else position, expected)


def _price(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


_READ: dict[str, Callable[[str], Scalar | None]] = {
    "price": _price,
    "in_stock": _TRUTHS.get,
    "category": category,
}
_WANTED = {
    "price": "a number",
    "in_stock": "true or false",
    "category": "a category, like Fruit > Apple",
}
