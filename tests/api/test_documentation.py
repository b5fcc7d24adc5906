"""The API describes itself, truthfully and with no help from elsewhere."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from api.app import create_app
from api.documentation import CONNECTION
from api.examples import ANSWER
from api.problems import KINDS
from api.schemas import SimilarAnswer
from api.settings import Settings
from search import errors

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def closed() -> Iterator[TestClient]:
    """The documentation needs no index."""
    client = TestClient(create_app(Settings()))
    yield client
    client.close()


@pytest.fixture(scope="module")
def schema(closed: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = closed.get("/openapi.json").json()
    return found


def test_the_schema_is_valid_and_has_every_endpoint(schema: dict[str, Any]) -> None:
    validate(schema)
    methods = {(path, method) for path, item in schema["paths"].items() for method in item}
    assert methods == {
        ("/similar", "get"),
        ("/similar", "post"),
        ("/explain", "get"),
        ("/explain/overlay", "get"),
        ("/products/{product_id}/similar", "get"),
        ("/products/{product_id}", "get"),
        ("/products/{product_id}", "put"),
        ("/products/{product_id}", "delete"),
        ("/feedback", "post"),
        ("/images/{image_id}", "get"),
        ("/queries/{image_id}", "get"),
        ("/products", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/index", "get"),
        ("/metrics", "get"),
        ("/versions", "get"),
        ("/versions/{version}/live", "put"),
        ("/rejects", "get"),
    }


def test_every_problem_is_documented_with_an_example(schema: dict[str, Any]) -> None:
    documented = set()
    for item in schema["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                examples = response.get("content", {}).get(PROBLEM, {}).get("examples", {})
                documented |= set(examples)
                assert all(str(one["value"]["status"]) == status for one in examples.values())
    assert documented == set(KINDS) - {"not_found", "method_not_allowed", *CONNECTION}
    assert all(f"`{code}`" in schema["info"]["description"] for code in CONNECTION)


def test_no_endpoint_documents_another_form_of_error(schema: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_every_code_of_the_library_that_a_query_may_meet_has_a_status() -> None:
    documented = set(re.findall(r"``(\w+)``", f"{errors.InvalidImage.__doc__}"))
    documented |= set(re.findall(r"``(\w+)``", f"{errors.FetchError.__doc__}"))
    for error in (
        errors.IndexNotFound,
        errors.IndexMismatch,
        errors.IndexDamaged,
        errors.ModelError,
        errors.BadParameter,
        errors.ProductNotFound,
        errors.ImageNotFound,
    ):
        documented.add(error.code)
    assert documented - {"code", "reason", "wait"} <= set(KINDS)


def test_the_example_is_an_answer() -> None:
    made = TypeAdapter(SimilarAnswer).validate_python(ANSWER)
    assert TypeAdapter(SimilarAnswer).dump_python(made, mode="json") == ANSWER


def test_the_page_loads_nothing_from_elsewhere(closed: TestClient) -> None:
    page = closed.get("/docs").text
    links = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert len(links) == 3
    for link in links:
        assert link.startswith("/")
        assert closed.get(link).status_code == 200
    assert "://" not in page.replace("window.location.origin", "")


def test_the_root_is_the_search_page(closed: TestClient) -> None:
    page = closed.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    script = closed.get("/page/main.js")
    assert (script.status_code, script.headers["cache-control"]) == (200, "no-cache")


def test_there_is_one_page_only() -> None:
    with closing(TestClient(create_app(Settings(auth=False)))) as anybody:
        assert anybody.get("/redoc").status_code == 404
