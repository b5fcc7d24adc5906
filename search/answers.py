"""What a query is answered with: the records behind the JSON of ``GET /similar``."""

from dataclasses import dataclass, field

from search.catalog.filters.facets import Facet
from search.catalog.records import Product
from search.colours import Colour
from search.notebook import InNotebook
from search.predictions.matching import Match
from search.predictions.predictor import ValueShare
from search.predictions.taxonomy import CategoryShare, Status
from search.regions import SeenObject


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: ``size`` is the upright (width, height) in pixels, ``box`` the region used.

    ``product_id`` is set when a product was asked for instead of a picture. ``image_id`` asks for
    the same picture again, for as long as it is kept: with another box, filter or page. ``colors``
    are those of what the region shows, the largest share first. ``objects`` are what stands out in
    a whole picture, the strongest first: each ``box`` can be asked for with the ``image_id``.
    """

    image_id: str | None = field(compare=False)
    size: tuple[int, int]
    box: tuple[int, int, int, int]
    product_id: str | None = None
    colors: list[Colour] = field(default_factory=list)
    objects: list[SeenObject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """One product: its best image, and that image's cosine similarity to the query (-1 to 1).

    ``image`` is the image's source as the catalog has it. ``p_same`` is the probability that it is
    the product that the query shows, ``match`` what to call that: both None where the version
    could not learn it. ``colors`` are those of what the image shows, the largest share first; none
    before it was measured.
    """

    product_id: str
    score: float
    image_id: int
    image: str
    product: Product
    p_same: float | None = None
    match: Match | None = None
    colors: list[Colour] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which version answered, and the newest change of the catalog that the answer reflects.

    ``built_at`` is UTC in ISO 8601.
    """

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
class Answer(InNotebook):
    """Look-alikes, best first, with what they and the picture itself say that it shows.

    ``categories`` are the likeliest whole paths, best first. ``category`` are the levels of the one
    to rely on, from the root as deep as they are surer than not; ``category_status`` says whether
    that is all of a path (``ok``), a part (``backed_off``) or nothing (``abstained``).
    ``attributes`` have the likeliest values of each column that pictures can tell. All of these are
    of the whole catalog, whatever the filter; ``facets`` are of everything that passes the filter,
    by field, for the fields that were asked for. ``request_id`` names the answer to
    ``SearchEngine.feedback``. Notebooks show an answer as a strip of pictures; ``plot`` draws it.
    """

    query: Query
    categories: list[CategoryShare]
    category: list[CategoryShare]
    category_status: Status
    attributes: dict[str, list[ValueShare]]
    results: list[Result]
    facets: dict[str, Facet]
    index: IndexState
    took_ms: Took = field(compare=False)
    request_id: str = field(compare=False)
