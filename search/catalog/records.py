"""What goes into the catalog and what is turned away: small records that travel whole."""

from dataclasses import dataclass, field

Scalar = str | int | float | bool

CATEGORY_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One validated row of a catalog file.

    ``row`` is the number a person sees: the line in a spreadsheet (the header is 1) or in a JSONL
    file, the 1-based record of a Parquet file. ``images`` holds at least one source, as written in
    the file: a path relative to the file or an http(s) URL. ``category`` is a normalised path
    joined by `` > ``. Empty text means "not given".
    """

    row: int
    product_id: str
    images: tuple[str, ...]
    title: str = ""
    description: str = ""
    category: str = ""
    brand: str = ""
    price: float | None = None
    currency: str = ""
    in_stock: bool | None = None
    url: str = ""
    attributes: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row or an image that was turned away; ``row`` is 0 when the row is not known any more."""

    row: int
    product_id: str
    source: str
    reason: str
