"""``POST /feedback``: what is accepted is in the catalog, what is not is told why."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.bodies import FEEDBACK_BODY
from api.examples import FEEDBACK
from api.schemas import FeedbackGiven
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.feedback.reading import GivenFeedback, read_feedback
from search.versions import IndexFolder

SHOWN = 4


@pytest.fixture(scope="module")
def own(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An index in which feedback may be written."""
    index = tmp_path_factory.mktemp("feedback") / "index"
    shutil.copytree(shop.index, index, symlinks=True)
    return replace(shop, index=index)


@pytest.fixture(scope="module")
def server(own: Any, opened: Callable[[TestClient], None]) -> Iterator[TestClient]:
    with TestClient(create_app(own.settings())) as made:
        opened(made)
        yield made


@pytest.fixture
def stored(own: Any) -> Callable[[str], list[GivenFeedback]]:
    """What the catalog on disk has for a request."""

    def read(request_id: str) -> list[GivenFeedback]:
        catalog = Catalog.open(sqlite_url(IndexFolder(own.index).catalog))
        try:
            found = read_feedback(catalog.engine)
            return [one for one in found if one.feedback.request_id == request_id]
        finally:
            catalog.close()

    return read


def asked(server: TestClient, photo: bytes) -> Any:
    return server.post("/similar", files={"file": photo}, params={"k": SHOWN}).json()


def refused(answer: Any, status: int, code: str) -> str:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    return str(problem["detail"])


def test_a_verdict_of_a_result_is_stored_with_what_was_shown(
    server: TestClient, photo: bytes, stored: Callable[[str], list[GivenFeedback]]
) -> None:
    answer = asked(server, photo)
    result = answer["results"][2]
    body = {"request_id": answer["request_id"], "product_id": result["product_id"]}
    reply = server.post("/feedback", json=body | {"verdict": "similar"})
    assert reply.status_code == 201
    given = reply.json()
    assert set(given) == set(FEEDBACK)
    assert given.items() >= (body | {"verdict": "similar", "category": None}).items()
    assert (given["score"], given["version"]) == (result["score"], answer["index"]["version"])
    (found,) = stored(answer["request_id"])
    assert found.feedback.feedback_id == given["feedback_id"]
    assert found.features.any()


def test_the_category_of_a_query_is_stored_as_the_catalog_writes_it(
    server: TestClient, photo: bytes, stored: Callable[[str], list[GivenFeedback]]
) -> None:
    request_id = asked(server, photo)["request_id"]
    reply = server.post("/feedback", json={"request_id": request_id, "category": "Things>Square"})
    assert reply.status_code == 201
    assert reply.json()["category"] == "Things > Square"
    (found,) = stored(request_id)
    assert (found.feedback.verdict, found.feedback.product_id) == (None, None)


def test_answers_are_judged_by_the_clients_own_request_id(server: TestClient) -> None:
    headers = {"X-Request-ID": "order-7"}
    server.get("/products/p3/similar", headers=headers)
    body = {"request_id": "order-7", "product_id": "p3", "verdict": "same"}
    given = server.post("/feedback", json=body).json()
    assert (given["request_id"], given["asked"]) == ("order-7", "p3")


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ({"request_id": "never", "category": "Things"}, 404, "answer_forgotten", "'never'"),
        ({"product_id": "p1", "verdict": "good"}, 422, "bad_parameter",
         "verdict is 'good'; it must be same, similar or wrong."),
        ({"product_id": "nobody", "verdict": "same"}, 422, "not_a_result", "'nobody'"),
        ({"category": "Things > Flat"}, 422, "unknown_category", "'Things > Flat'"),
        ({"category": " > "}, 422, "bad_parameter", "category is empty"),
        ({}, 422, "bad_parameter", "has neither"),
        ({"product_id": "p1"}, 422, "bad_parameter", "has neither"),
        ({"product_id": "p1", "verdict": "same", "category": "Things"}, 422, "bad_parameter",
         "has both"),
        ({"verdict": "same"}, 422, "bad_parameter", "needs the product_id"),
        ({"product_id": "p1", "category": "Things"}, 422, "bad_parameter", "no product_id"),
        ({"category": "Things", "stars": 5}, 422, "unknown_parameter", "stars is no parameter"),
        ({"request_id": 7, "category": "Things"}, 422, "bad_parameter", "request_id is '7'"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_not_stored(
    server: TestClient,
    photo: bytes,
    stored: Callable[[str], list[GivenFeedback]],
    body: dict[str, Any],
    status: int,
    code: str,
    says: str,
) -> None:
    request_id = asked(server, photo)["request_id"]
    answer = server.post("/feedback", json={"request_id": request_id} | body)
    assert says in refused(answer, status, code)
    assert not stored(request_id)


def test_feedback_without_a_request_is_refused(server: TestClient) -> None:
    answer = server.post("/feedback", json={"category": "Things"})
    assert refused(answer, 422, "bad_parameter") == "request_id must be given."


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_json"),
        (b"[]", "application/json", 400, "bad_json"),
        (b"verdict=same", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b" " * 2_000_001, "application/json", 413, "upload_too_large"),
    ],
)
def test_another_body_is_refused(
    server: TestClient, content: bytes, kind: str, status: int, code: str
) -> None:
    refused(server.post("/feedback", content=content, headers={"content-type": kind}), status, code)


def test_the_documented_examples_are_what_is_taken() -> None:
    for example in FEEDBACK_BODY["requestBody"]["content"]["application/json"]["examples"].values():
        given = FeedbackGiven.model_validate(example["value"])
        assert given.model_dump(exclude_none=True) == example["value"]


def test_an_answer_that_another_server_gave_is_not_known(
    server: TestClient, photo: bytes, own: Any, opened: Callable[[TestClient], None]
) -> None:
    request_id = asked(server, photo)["request_id"]
    with TestClient(create_app(own.settings())) as other:
        opened(other)
        answer = other.post("/feedback", json={"request_id": request_id, "category": "Things"})
    assert "60 minutes" in refused(answer, 404, "answer_forgotten")


def test_the_index_folder_holds_no_picture_of_a_query(
    server: TestClient, own: Any, draw: Callable[..., Any], tmp_path: Path
) -> None:
    draw(500).save(tmp_path / "secret.png")
    photo = (tmp_path / "secret.png").read_bytes()
    answer = asked(server, photo)
    body = {"request_id": answer["request_id"], "category": "Things"}
    assert server.post("/feedback", json=body).status_code == 201
    for path in own.index.rglob("*"):
        if path.is_file():
            assert photo[100:400] not in path.read_bytes()
