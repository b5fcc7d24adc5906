"""What goes into the catalog and what is turned away: small records that travel whole."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import NamedTuple

from search.colours import Colour

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


class ImageRef(NamedTuple):
    """An image whose bytes may have to be read.

    ``revision`` is of its last change; ``sha256``, ``bytes`` and ``mtime_ns`` are of the bytes
    read last, and of their file; ``etag`` and ``last_modified`` are what their server called them.
    ``has_features`` says that those bytes need no backbone any more, ``has_colours`` that their
    colours were measured.
    """

    image_id: int
    product_id: str
    source: str
    revision: int
    sha256: str | None = None
    bytes: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    has_features: bool = False
    has_colours: bool = False

    @property
    def is_known(self) -> bool:
        """Whether nothing is to be found out about those bytes."""
        return self.has_features and self.has_colours


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an image found: its content and upright (width, height), or why it is unusable.

    A usable image has an empty ``reason``; without ``size`` it has the size that is known.
    ``bytes`` and ``mtime_ns`` are of a local file, ``etag`` and ``last_modified`` what a server
    called the content. ``revision`` is the image's when it was asked for: a reading of what has
    changed since is ignored.
    """

    image_id: int
    sha256: str | None = None
    size: tuple[int, int] | None = None
    reason: str = ""
    bytes: int | None = None
    mtime_ns: int | None = None
    revision: int | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class ReadImage:
    """A usable image of a product that is being stored.

    ``size`` is its upright (width, height); ``bytes`` and ``mtime_ns`` are of a local file,
    ``etag`` and ``last_modified`` what a server called the content.
    """

    source: str
    sha256: str
    size: tuple[int, int]
    bytes: int | None = None
    mtime_ns: int | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product as answers give it: the known columns and every other one as an attribute."""

    product_id: str
    title: str
    description: str
    category: str
    brand: str
    price: float | None
    currency: str
    in_stock: bool | None
    url: str
    attributes: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image as the catalog has it; ``status`` is pending, ok, or rejected for a ``reason``."""

    image_id: int
    source: str
    status: str
    reason: str
    width: int | None
    height: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product with all that is known of its images, and the revision of its last change."""

    product: Product
    images: tuple[StoredImage, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class CatalogImage:
    """A usable image of a live product; ``size`` is its upright (width, height).

    ``sha256`` is of its bytes when they were read last; ``colours`` are those of what they show,
    the largest share first, none before they were measured.
    """

    image_id: int
    source: str
    sha256: str | None
    size: tuple[int, int]
    product: Product
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A published version, as the ``versions`` table keeps it; ``built_at`` is UTC.

    ``grade`` is of the version's self-grade, None when it could not be measured.
    """

    version: int
    built_at: datetime
    model: str
    backbone: str
    head: str
    products: int
    images: int
    revision: int
    grade: float | None = None

    def as_row(self) -> dict[str, object]:
        """Column name → value."""
        return asdict(self) | {"built_at": self.built_at.replace(tzinfo=None)}
