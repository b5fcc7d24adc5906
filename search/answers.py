"""What a query is answered with: the records behind the JSON of ``GET /similar``."""

from dataclasses import dataclass, field

from search.catalog.records import Product
from search.predictions import CategoryShare


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: ``size`` is the upright (width, height) in pixels, ``box`` the region used.

    ``product_id`` is set when a product was asked for instead of a picture.
    """

    size: tuple[int, int]
    box: tuple[int, int, int, int]
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One product: its best image, and that image's cosine similarity to the query (-1 to 1).

    ``image`` is the image's source as the catalog has it.
    """

    product_id: str
    score: float
    image_id: int
    image: str
    product: Product


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which version answered; ``built_at`` is UTC in ISO 8601."""

    version: int
    revision: int
    model: str
    built_at: str


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds: reading the picture, decoding and embedding it, searching, all together."""

    fetch: float
    embed: float
    search: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Look-alikes, best first, with the categories that the nearest of them vote for."""

    query: Query
    categories: list[CategoryShare]
    results: list[Result]
    index: IndexState
    took_ms: Took = field(compare=False)
