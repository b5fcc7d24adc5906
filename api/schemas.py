"""What HTTP adds to the library's own records: parameters, problems, and two wrappers."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field

from api.grades import VersionGrade
from api.parameters import Parameters
from api.watching.drift import Drift
from search.answers import Answer, IndexState
from search.catalog.records import CatalogImage, Product, StoredProduct
from search.feedback.records import Verdict
from search.querying.limits import DEEPEST, MOST_RESULTS
from search.regions import Detect
from search.sources import is_url


def link_to(image_id: int, source: str) -> str:
    """Where clients get an image of the catalog."""
    return source if is_url(source) else f"/images/{image_id}"


def _split(value: object) -> object:
    """The parts of one text."""
    return value.split(",") if isinstance(value, str) else value


class Page(Parameters):
    """Which part of the answer is wanted, of what, and how it is grouped."""

    k: int = Field(
        default=10, ge=1, le=MOST_RESULTS, description=f"a whole number from 1 to {MOST_RESULTS}"
    )
    offset: int = Field(
        default=0, ge=0, le=DEEPEST, description=f"a whole number from 0 to {DEEPEST}"
    )
    filter: list[str] = Field(
        default=[],
        description="a column and what it must be, like brand:acme,zen or price:10..199 or "
        "-color:red or category:Fruit > Apple; several are joined by AND",
        examples=[["in_stock:true"]],
    )
    facets: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_split)] = Field(
        default=[],
        description="columns whose values are counted, joined by commas",
        examples=["brand,category"],
    )
    group: Literal["product", "image"] = Field(
        default="product", description="product (one row for each, with its best image) or image"
    )
    min_match: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="a probability from 0 to 1: results whose p_same is lower are left out",
    )


class Question(Parameters):
    """What is asked: where the picture is, or which product."""

    image: str | None = Field(
        default=None,
        min_length=1,
        description="the picture's http(s) URL, or its path under the catalog's image root",
        examples=["https://shop.example/photo.jpg"],
    )
    product_id: str | None = Field(
        default=None,
        min_length=1,
        description="the id of a product of the catalog",
        examples=["g01"],
    )
    image_id: str | None = Field(
        default=None,
        min_length=1,
        description="query.image_id of an earlier answer: the same picture again",
    )
    box: Annotated[tuple[int, int, int, int], BeforeValidator(_split)] | None = Field(
        default=None,
        description="a region of the upright picture as x1,y1,x2,y2 in whole pixels",
        examples=["10,20,310,220"],
    )


class SimilarQuery(Question, Page):
    """What is asked, and how much of the answer is wanted."""

    detect: Detect = Field(
        default="auto",
        description="auto (find what stands out in a whole picture) or off",
    )


class ExplainQuery(Question):
    """A question, one of its results, and the filters under which that was found."""

    result: str = Field(min_length=1, description="the product_id of a result of the same question")
    filter: list[str] = Field(
        default=[],
        description="the filters of the question, which decide what follows the result; "
        "several are joined by AND",
        examples=[["in_stock:true"]],
    )


class OverlayQuery(ExplainQuery):
    """Which of the two pictures is drawn."""

    side: Literal["query", "result"] = Field(default="query", description="query or result")


@dataclass(frozen=True, slots=True)
class SimilarAnswer(Answer):
    """Look-alikes, best first, and what they and the picture itself say that it shows.

    ``p_same`` is the probability that a result is the very product that the query shows, ``match``
    what to call that. ``category`` are the levels of the category to rely on, from the root as deep
    as they are surer than not; ``category_status`` says whether that is all of a path (``ok``), a
    part (``backed_off``) or nothing (``abstained``). ``categories`` are the likeliest whole paths.
    ``attributes`` have the likeliest values of each column that pictures can tell. ``image`` is a
    URL, or ``/images/{image_id}`` for a picture that this server has. What is not known is null.
    ``request_id`` names the answer to ``POST /feedback``.
    """


@dataclass(frozen=True, slots=True)
class ProductAnswer(StoredProduct):
    """What the catalog has of a product, its images included."""

    request_id: str


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product and its first image, as results have them."""

    product_id: str
    image_id: int
    image: str
    product: Product

    @classmethod
    def of(cls, image: CatalogImage) -> Self:
        """From what the catalog has."""
        link = link_to(image.image_id, image.source)
        return cls(image.product.product_id, image.image_id, link, image.product)


@dataclass(frozen=True, slots=True)
class ProductList:
    """A page of the catalog; ``next_offset`` asks for the next one, null when this is the last."""

    products: list[ListedProduct]
    next_offset: int | None
    request_id: str


@dataclass(frozen=True, slots=True)
class IndexInfo(IndexState):
    """The version that answers, how many products and pictures it holds, how well it answers, and
    whether what is asked looks like the catalog.

    ``grade`` is null for versions of earlier releases; ``drift_reason`` says why ``drift`` is null.
    """

    products: int
    images: int
    grade: VersionGrade | None
    drift: Drift | None
    drift_reason: str | None


class FeedbackGiven(Parameters):
    """What somebody says of an answer: a verdict of one of its results, or its query's category."""

    request_id: str = Field(min_length=1, description="the request_id of an answer")
    product_id: str | None = Field(
        default=None, min_length=1, description="the id of one of that answer's results"
    )
    verdict: Verdict | None = Field(default=None, description="same, similar or wrong")
    category: str | None = Field(
        default=None,
        min_length=1,
        description="the category that the query shows, a path that the catalog has",
    )


class Status(BaseModel):
    """All is well."""

    status: str = Field(examples=["ok"])


class Problem(BaseModel):
    """An error as RFC 9457 has it; ``code`` is stable, clients may branch on it."""

    type: str = Field(default="about:blank", description="always about:blank; see code")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="one sentence: what is wrong, why, and what to do")
    code: str
    request_id: str
    position: int | None = Field(
        default=None, description="bad_filter: the first character that does not fit, from 0"
    )
    expected: str | None = Field(default=None, description="bad_filter: what would fit there")
