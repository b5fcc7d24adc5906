"""What the OpenAPI document says of keys: how they are sent, and which operation needs one."""

from typing import Any

from fastapi import FastAPI

from api.access.needs import NEEDS
from api.documentation import problems
from api.examples import Responses
from api.problems import MEDIA_TYPE
from search.access.keys import Scope

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`indexer keys add` makes one."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_ANY = ("url_too_long", "headers_too_large", "host_unknown")
_KEYED = (
    *("key_missing", "key_unknown", "scope_missing"),
    *("rate_exceeded", "quota_exceeded", "keys_unavailable"),
)


def declare(app: FastAPI, *, with_keys: bool) -> None:
    """Have ``app``'s document say it."""
    plain = app.openapi
    needs = {_documented(path): methods for path, methods in NEEDS.items()}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        schema = plain()
        if with_keys:
            schema.setdefault("components", {})["securitySchemes"] = SCHEMES
        for path, item in schema["paths"].items():
            for method, operation in item.items():
                needed = needs.get(path, {}).get(method.upper(), Scope.ADMIN)
                _complete(operation, needed if with_keys else None)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], needed: Scope | None) -> None:
    _add(operation["responses"], problems(*_ANY))
    if needed is None:
        return
    _add(operation["responses"], problems(*_KEYED))
    name = needed.name.lower()
    operation["security"] = [{scheme: []} for scheme in SCHEMES]
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds the scope `{name}`."


def _add(responses: dict[str, Any], more: Responses) -> None:
    """The problems of a status that is there already are added to it."""
    for status, response in more.items():
        there = responses.setdefault(str(status), response)
        examples = there["content"][MEDIA_TYPE]["examples"]
        examples.update(response["content"][MEDIA_TYPE]["examples"])
        there["description"] = "One of: " + ", ".join(examples)


def _documented(path: str) -> str:
    return path.replace(":path}", "}")
