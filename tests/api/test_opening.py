"""The server answers from its first moment, and says why when it cannot search."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings

Opened = Callable[[TestClient], None]


def test_it_is_loading_first_and_ready_later(shop: Any, opened: Opened) -> None:
    client = TestClient(create_app(shop.settings()))  # not started yet
    assert client.get("/healthz").json() == {"status": "ok"}
    for path in (
        "/readyz",
        "/similar?product_id=p1",
        "/images/1",
        "/products/p1/similar",
        "/index",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "index_loading")
        assert int(answer.headers["retry-after"]) > 0
    with client:
        opened(client)
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/similar?product_id=p1").status_code == 200


def test_healthz_answers_while_the_index_is_opened(shop: Any) -> None:
    start = time.perf_counter()
    with TestClient(create_app(shop.settings())) as client:
        assert client.get("/healthz").status_code == 200
        assert time.perf_counter() - start < 1


def test_the_index_page_counts_what_is_served(client: TestClient) -> None:
    answer = client.get("/index").json()
    assert (answer["version"], answer["products"], answer["images"]) == (1, 12, 23)
    assert set(answer) == {"version", "revision", "model", "built_at", "products", "images"} | {
        "grade",
        "drift",
        "drift_reason",
    }


def test_readyz_says_why_there_is_no_index(
    tmp_path: Path, opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    with TestClient(create_app(Settings(index=tmp_path, auth=False))) as client:
        opened(client)
        for path in ("/readyz", "/readyz", "/similar?product_id=p1"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "index_not_found")
            assert "indexer build" in answer.json()["detail"]
        assert client.get("/healthz").status_code == 200
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1


def test_readyz_says_that_the_model_is_another(shop: Any, opened: Opened) -> None:
    settings = shop.settings().model_copy(update={"model": "no-such-model"})
    with TestClient(create_app(settings)) as client:
        opened(client)
        assert client.get("/readyz").json()["code"] == "bad_model"


def test_an_unexpected_failure_is_in_the_log_and_not_in_the_answer(
    shop: Any, opened: Opened, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    (index / "CURRENT").mkdir()  # no library expects that
    with TestClient(create_app(shop.settings(index))) as client:
        opened(client)
        answer = client.get("/readyz").json()
    assert answer["code"] == "index_unusable"
    assert str(index) not in answer["detail"]
    assert str(index) in caplog.text
