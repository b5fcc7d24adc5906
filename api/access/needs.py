"""What each path asks of a key: one page to audit. What is not named here needs a key, too."""

from collections.abc import Mapping
from typing import Any

from starlette.routing import compile_path

from search.access.keys import Scope

Needs = Mapping[str, Scope | None]

NEEDS: dict[str, Needs] = {
    "/": {"GET": None},
    "/catalog": {"GET": None},
    "/page/{path:path}": {"GET": None, "HEAD": None},
    "/docs": {"GET": None},
    "/docs/oauth2-redirect": {"GET": None},
    "/openapi.json": {"GET": None, "HEAD": None},
    "/static-offline-docs/{path:path}": {"GET": None, "HEAD": None},
    "/healthz": {"GET": None},
    "/readyz": {"GET": None},
    "/similar": {"GET": Scope.READ, "POST": Scope.READ},
    "/explain": {"GET": Scope.READ},
    "/explain/overlay": {"GET": Scope.READ},
    "/images/{image_id}": {"GET": Scope.READ},
    "/queries/{image_id}": {"GET": Scope.READ},
    "/products": {"GET": Scope.READ},
    "/products/{product_id:path}/similar": {"GET": Scope.READ},
    "/products/{product_id:path}": {"GET": Scope.READ, "PUT": Scope.WRITE, "DELETE": Scope.WRITE},
    "/feedback": {"POST": Scope.WRITE},
    "/index": {"GET": Scope.ADMIN},
    "/metrics": {"GET": Scope.ADMIN},
    "/versions": {"GET": Scope.ADMIN},
    "/versions/{version}/live": {"PUT": Scope.ADMIN},
    "/rejects": {"GET": Scope.ADMIN},
}
"""Path → method → scope, None for anybody, in the order in which requests are routed.

Feedback is written: later builds learn from it, so a key that a web page shows must not give it.
``/index`` and ``/metrics`` tell of what all clients ask, ``/versions`` and ``/rejects`` of how the
index is run, so a client's key does not read them.
"""

_PATTERNS = [(compile_path(path)[0], path) for path in NEEDS if "{" in path]


class Undeclared(LookupError):
    """No path here takes such a request."""


def scope_needed(scope: Mapping[str, Any]) -> Scope | None:
    """What a request (an ASGI scope) needs, None when it is open to anybody; Undeclared."""
    path, method = _path(scope), scope["method"]
    exact = NEEDS.get(path)
    if exact is not None and "{" not in path:
        if method in exact:
            return exact[method]
        raise Undeclared
    for pattern, template in _PATTERNS:
        if method in NEEDS[template] and pattern.match(path):
            return NEEDS[template][method]
    raise Undeclared


def _path(scope: Mapping[str, Any]) -> str:
    """As Starlette routes it: without the prefix of a server that is mounted below one."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path
