"""Parameters of requests: read once by their model, and documented as what it says."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError

from search.errors import BadParameter

REPEATABLE = frozenset({"filter"})
"""Parameters that may be given several times."""


class Parameters(BaseModel):
    """Query parameters; each description ends the sentence "it must be …".

    FastAPI would read them field by field, which takes longer than all the rest of a request.
    """

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Raises RequestValidationError with one error, a whole sentence."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise RequestValidationError([cls._explained(given, error)]) from error

    @classmethod
    def _explained(cls, given: Mapping[str, Any], error: ValidationError) -> dict[str, Any]:
        for name in (name for name in given if name not in cls.model_fields):
            known = ", ".join(cls.model_fields)
            sentence = f"{name[:80]} is no parameter here; known ones are: {known}."
            return {"type": "unknown_parameter", "loc": (name,), "msg": sentence}
        first = error.errors()[0]
        name = str(first["loc"][0])
        if name not in given:
            return dict(first)
        allowed = cls.model_fields[name].description
        sentence = f"{name} is '{str(given[name])[:80]}'; it must be {allowed}."
        return {"type": "bad_parameter", "loc": (name,), "msg": sentence}

    @classmethod
    def documented(cls) -> list[dict[str, Any]]:
        """As OpenAPI has them."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {part: one for part, one in schema.items() if one is not None},
                "description": schema["description"],
            }
            for name, schema in cls.model_json_schema()["properties"].items()
        ]


def query_of(request: Request) -> dict[str, Any]:
    """The parameters of the request's address; BadParameter when one is given twice."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in REPEATABLE:
            given.setdefault(name, []).append(value)
        elif name in given:
            refuse_repeated(request)
        else:
            given[name] = value
    return given


def refuse_repeated(request: Request) -> None:
    """Refuse a parameter given twice: taking either value would hide the other."""
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1 and name not in REPEATABLE:
            raise BadParameter(f"{name[:80]} is given {count} times; it must be given once.")
