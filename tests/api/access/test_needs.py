"""Every route says which key it needs, and the gate takes each request for what the router does."""

import asyncio
from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Mount

from api.access.needs import NEEDS, Undeclared, scope_needed
from api.app import create_app
from api.routes import (
    explain,
    feedback,
    health,
    images,
    metrics,
    page,
    products,
    similar,
    versions,
)
from api.settings import Settings
from search.access.keys import Scope

APP = create_app(Settings(auth=False))

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


def leaves(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    """All routes of an app, those of included routers too."""
    for route in routes:
        router = getattr(route, "original_router", None)  # of an included router
        yield from [route] if router is None else leaves(router.routes)


def test_every_route_says_what_it_needs_and_nothing_else_is_said() -> None:
    there: dict[str, set[str]] = {}
    for route in leaves(APP.routes):
        path = route.path  # type: ignore[attr-defined]
        if isinstance(route, Mount):
            path, methods = f"{path}/{{path:path}}", {"GET", "HEAD"}
        else:
            methods = route.methods  # type: ignore[attr-defined]
        there.setdefault(path, set()).update(methods)
    assert there == {path: set(needs) for path, needs in NEEDS.items()}


def test_the_walk_over_the_routes_misses_none() -> None:
    modules = (explain, feedback, health, images, metrics, page, similar, products, versions)
    routers = [products.admitted, *(one.router for one in modules)]
    named = {route.path for one in routers for route in one.routes}
    assert named <= {one.path for one in leaves(APP.routes) if isinstance(one, APIRoute)}


WORDS = (
    *("similar", "products", "images", "index", "metrics", "healthz", "readyz", "docs"),
    *("feedback", "openapi.json", "static-offline-docs", "oauth2-redirect", "7", "g01"),
    *("page", "queries", "catalog", "versions", "live", "rejects"),
    *("..", ".", "", " ", "\n", "%2e", "é"),
)
PATHS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(
    lambda all: "/" + "/".join(all)
)


def routed(method: str, path: str, root: str) -> tuple[str, int]:
    """The template that the router takes a request for, and the status of the answer."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": method,
        "path": root + path,
        "raw_path": b"/",
        "query_string": b"",
        "root_path": root,
        "headers": [(b"host", b"test")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("test", 80),
        "state": {},
    }

    to_come = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not to_come:
            await asyncio.Event().wait()  # the client stays
        return to_come.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    route = scope.get("route")
    template = getattr(route, "path", "") or ""
    if template in ("/static-offline-docs", "/page"):
        template += "/{path:path}"
    return template, sent[0]["status"]


@given(method=st.sampled_from(METHODS), path=PATHS, root=st.sampled_from(["", "/shop"]))
@settings(max_examples=300, deadline=None)
def test_the_gate_asks_what_the_route_that_answers_needs(method: str, path: str, root: str) -> None:
    template, status = routed(method, path, root)
    try:
        needed = scope_needed({"method": method, "path": root + path, "root_path": root})
    except Undeclared:
        # Starlette takes "/\n" for "/": the gate may ask for more than the route, never for less.
        is_open = template in NEEDS and NEEDS[template].get(method, Scope.ADMIN) is None
        assert is_open or status in (307, 404, 405), (template, status)
        return
    if template:  # a mounted folder and plain routes name none
        assert needed == NEEDS[template][method]
    else:
        assert needed is None


def test_the_router_names_the_route_that_it_takes() -> None:
    """Else the test above would compare nothing."""
    for path in ("/similar", "/index", "/metrics"):
        assert routed("GET", path, "") == (path, 200 if path == "/metrics" else 503)
    similar_to = "/products/{product_id:path}/similar"
    assert routed("GET", "/products/a/similar", "/shop") == (similar_to, 503)
    assert routed("PUT", "/products/a/similar", "") == ("/products/{product_id:path}", 503)
