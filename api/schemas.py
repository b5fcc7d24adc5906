"""What HTTP adds to the library's own records: parameters, problems, and two wrappers."""

from dataclasses import dataclass
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from search.answers import Answer, IndexState
from search.engine import MOST_RESULTS


class Parameters(BaseModel):
    """Query parameters; each description ends the sentence "it must be …"."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = ", ".join(cls.model_fields)
        for name in (name for name in given if name not in cls.model_fields):
            sentence = f"{name[:80]} is no parameter here; known ones are: {known}."
            raise PydanticCustomError("unknown_parameter", "{sentence}", {"sentence": sentence})
        return given

    @field_validator("*", mode="wrap")
    @classmethod
    def _explain(
        cls, value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> object:
        try:
            return handler(value)
        except ValidationError as error:
            allowed = cls.model_fields[str(info.field_name)].description
            sentence = f"{info.field_name} is '{str(value)[:80]}'; it must be {allowed}."
            context = {"sentence": sentence}
            raise PydanticCustomError("bad_parameter", "{sentence}", context) from error


class Page(Parameters):
    """How much of the answer is wanted."""

    k: int = Field(
        default=10, ge=1, le=MOST_RESULTS, description=f"a whole number from 1 to {MOST_RESULTS}"
    )


class SimilarQuery(Page):
    """Where the picture is, and how much of the answer is wanted."""

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


@dataclass(frozen=True, slots=True)
class SimilarAnswer(Answer):
    """Look-alikes, best first, with the categories that the nearest of them vote for.

    ``image`` is a URL, or ``/images/{image_id}`` for a picture that this server has. What is not
    known is null.
    """

    request_id: str


@dataclass(frozen=True, slots=True)
class IndexInfo(IndexState):
    """The version that answers, and how many products and pictures it holds."""

    products: int
    images: int


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
