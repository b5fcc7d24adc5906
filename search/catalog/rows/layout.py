"""What a catalog's columns mean: raw records → products, or rejects with reasons."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from hashlib import blake2b
from textwrap import shorten
from typing import Any, NamedTuple

from search.catalog.records import ProductRow, Reject, Scalar
from search.catalog.rows import values
from search.catalog.rows.images import refusal, sources


class Record(NamedTuple):
    """One row as its file gives it; ``names`` are the columns in the file's own spelling."""

    row: int
    names: tuple[str, ...]
    cells: Sequence[Any]


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "product_id": values.identifier,
    "image": sources,
    "title": values.text,
    "description": values.text,
    "category": values.category,
    "brand": values.text,
    "price": values.price,
    "currency": values.text,
    "in_stock": values.flag,
    "url": values.text,
}
_OFTEN_CALLED = {
    "product_id": ["id", "sku", "product", "productid", "item_id", "item", "article", "asin"],
    "image": ["images", "image_url", "image_link", "image_path", "img", "picture", "photo", "file"],
}
_RULES = 1
"""Raise it when the same cells come to mean something else: the digests stored fit no row then."""

_LONGEST_SOURCE = 500  # a refused data: address may be megabytes
_LONGEST_LIST = 300


class _Column(NamedTuple):
    name: str
    at: int
    parse: Callable[[Any], Any]
    known: bool


class Layout:
    """The columns of a file, checked once; ValueError says why they will not do."""

    def __init__(self, names: tuple[str, ...], folder: str) -> None:
        _check(names)
        self._folder = folder
        self._digest = blake2b(repr((_RULES, folder, names)).encode(), digest_size=16)
        self._width = len(names)
        columns = [_column(name.strip(), at) for at, name in enumerate(names)]
        # The id comes first so that a reject about any other column can name the product.
        self._columns = sorted(columns, key=lambda column: column.name != "product_id")

    def digest(self, record: Record) -> str:
        """32 characters that stand for the cells, their columns and the catalog's folder."""
        state = self._digest.copy()
        state.update(repr(record.cells).encode())
        return state.hexdigest()

    def read(self, record: Record) -> Iterator[ProductRow | Reject]:
        """Yield rejects for what is wrong with the row or its images, then the product if any."""
        known: dict[str, Any] = {}
        attributes: dict[str, Scalar] = {}
        try:
            self._parse(record, known, attributes)
        except ValueError as problem:
            yield Reject(record.row, known.get("product_id", ""), "", str(problem))
            return
        images: dict[str, None] = {}  # an ordered set
        for source in known.pop("image", ()):
            twice = "the same image is there twice in this row" if source in images else None
            if reason := twice or refusal(source, self._folder):
                yield Reject(record.row, known["product_id"], _legible(source), reason)
            else:
                images[source] = None
        if images:
            yield ProductRow(record.row, images=tuple(images), attributes=attributes, **known)
        else:
            yield Reject(record.row, known["product_id"], "", "the product has no usable image")

    def _parse(self, record: Record, known: dict[str, Any], attributes: dict[str, Scalar]) -> None:
        cells = record.cells
        if len(cells) != self._width:
            raise ValueError(
                f"{len(cells)} cells under {self._width} columns; "
                "put quotes around a value that holds the separator"
            )
        for name, at, parse, is_known in self._columns:
            try:
                value = parse(cells[at])
            except ValueError as problem:
                raise ValueError(f"{name} {values.show(cells[at])} {problem}") from None
            if value is not None:
                (known if is_known else attributes)[name] = value


class RawRow(NamedTuple):
    """A record under the layout of its columns, to be parsed only when that is needed."""

    record: Record
    layout: Layout

    @property
    def row(self) -> int:
        """The number that a person sees."""
        return self.record.row

    def digest(self) -> str:
        """Rows with the same digest say the same; 32 characters."""
        return self.layout.digest(self.record)

    def parse(self) -> Iterator[ProductRow | Reject]:
        """As ``Layout.read``."""
        return self.layout.read(self.record)


def _legible(source: str) -> str:
    fine = source.isprintable() and len(source) <= _LONGEST_SOURCE
    return source if fine else values.show(source)


def _column(name: str, at: int) -> _Column:
    key = name.lower()
    if key in _PARSERS:
        return _Column(key, at, _PARSERS[key], known=True)
    if not name:
        return _Column(f"column {at + 1}", at, values.nothing, known=False)
    return _Column(name, at, values.scalar, known=False)


def _check(names: tuple[str, ...]) -> None:
    keys = [key for name in names if (key := name.strip().lower())]
    for key in keys:
        values.trimmed(key)
    there = shorten(f"the columns are: {', '.join(names)}", _LONGEST_LIST, placeholder=" …")
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise ValueError(f"column {', '.join(twice)} is there twice; rename one ({there})")
    missing = [name for name in _OFTEN_CALLED if name not in keys]
    if missing:
        hints = "".join(_hint(name, keys) for name in missing)
        raise ValueError(f"there is no column {' and no '.join(missing)}{hints} ({there})")


def _hint(missing: str, keys: list[str]) -> str:
    free = [key for key in keys if key not in _PARSERS]
    usual = [key for key in _OFTEN_CALLED[missing] if key in free]
    likely = (usual or get_close_matches(missing, free, n=1))[:1]
    return "".join(f"; rename {key} to {missing}" for key in likely)
