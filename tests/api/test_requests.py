"""Every request has an id, one line in the log, and an answer even when the server is at fault."""

import logging
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings


@pytest.fixture
def failing() -> Iterator[TestClient]:
    """A server with a defect."""
    app = create_app(Settings(auth=False))

    @app.get("/defect")
    def defect() -> None:
        raise RuntimeError("secret detail")

    client = TestClient(app)
    yield client
    client.close()


def test_a_sane_request_id_is_kept(client: TestClient) -> None:
    headers = {"X-Request-ID": "order-1.2_x"}
    answer = client.get("/similar?product_id=p1", headers=headers)
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "order-1.2_x"
    assert client.get("/nothing", headers=headers).json()["request_id"] == "order-1.2_x"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "a;b"])
def test_any_other_request_id_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_each_request_gets_another_id(client: TestClient) -> None:
    assert len({client.get("/healthz").headers["x-request-id"] for _ in range(5)}) == 5


def test_a_request_is_one_line_in_the_log_with_no_query(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="api")
    client.get("/products/a%0Ab/similar?k=7&token=secret", headers={"X-Request-ID": "me"})
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("api")]
    assert len(lines) == 1
    assert re.fullmatch(r"GET /products/a%0Ab/similar 404 [0-9.]+ ms me", lines[0])


def test_a_defect_is_in_the_log_and_hidden_from_the_client(
    failing: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing.get("/defect", headers={"X-Request-ID": "me"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "me"
    assert "secret" not in answer.text
    assert "Request me failed" in caplog.text
    assert "secret detail" in caplog.text
