"""/metrics tells where the time went, what was kept, what was refused, and what runs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.stages import Stages

Samples = dict[tuple[str, str], float]


@pytest.fixture
def server(shop: Any, opened: Callable[[TestClient], None]) -> Iterator[TestClient]:
    with TestClient(create_app(shop.settings())) as made:
        opened(made)
        yield made


def samples(client: TestClient, label: str) -> Samples:
    """By metric and by the value of one of its labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = (sample for family in families for sample in family.samples)
    return {
        (one.name.removeprefix("lookalike_"), one.labels[label]): one.value
        for one in found
        if label in one.labels and "le" not in one.labels
    }


def test_each_stage_is_timed_where_there_was_something_to_do(
    server: TestClient, photo: bytes
) -> None:
    server.post("/similar?facets=color", files={"file": photo})
    server.get("/similar?product_id=p1&filter=price:1..")
    server.put("/products/p1", json={"title": "Product 1"})
    found = samples(server, "stage")
    counts = {stage: n for (name, stage), n in found.items() if name == "stage_seconds_count"}
    once = {"decode": 1, "embed": 1, "colours": 1, "filter": 1, "facets": 1, "change": 1}
    twice = {"search": 2, "predict": 2, "write": 2}
    assert counts == once | twice | {"receive": 3, "queue": 3, "hydrate": 3}
    assert all(value >= 0 for value in found.values())


def test_the_stages_of_a_request_are_all_of_its_time() -> None:
    noted: list[tuple[str, float, float]] = []
    stages = Stages("receive", lambda *stage: noted.append(stage))
    stages.begin("queue")
    stages.begin(None)
    stages.begin("write")
    stages.begin(None)
    stages.begin(None)
    assert [stage for stage, _, _ in noted] == ["receive", "queue", "write"]
    assert noted[0][2] == noted[1][1]


def test_what_is_kept_is_told_from_what_is_worked_out(server: TestClient, photo: bytes) -> None:
    first = server.post("/similar", files={"file": photo}).json()["query"]["image_id"]
    for _ in range(2):
        params = {"image_id": first, "filter": "price:2..", "facets": "color"}
        assert server.get("/similar", params=params).status_code == 200
    assert server.get("/similar?image_id=forgotten").status_code == 404
    text = server.get("/metrics").text
    found = dict(re.findall(r"^lookalike_cache_lookups_total(\{.*\}) (.*)$", text, re.MULTILINE))
    assert found == {
        '{cache="pictures",result="hit"}': "2.0",
        '{cache="pictures",result="miss"}': "1.0",
        '{cache="filters",result="hit"}': "1.0",
        '{cache="filters",result="miss"}': "1.0",
        '{cache="facets",result="hit"}': "1.0",
        '{cache="facets",result="miss"}': "1.0",
    }


def test_every_problem_is_counted_by_its_code(server: TestClient) -> None:
    server.get("/similar?product_id=unknown")
    server.get("/similar?product_id=p1&filter=price:cheap")
    server.get("/nowhere")
    counts = samples(server, "code")
    for code in ("product_not_found", "bad_filter", "not_found"):
        assert counts["refused_requests_total", code] == 1


def test_what_runs_is_said_before_the_index_is_open(shop: Any) -> None:
    closed = TestClient(create_app(shop.settings()))
    text = closed.get("/metrics").text
    assert re.search(r'lookalike_build_info\{version="[\d.]+",python="3[\d.]+"\} 1.0', text) or (
        re.search(r'lookalike_build_info\{python="3[\d.]+",version="[\d.]+"\} 1.0', text)
    )
    assert "\nlookalike_following 0.0\n" in text
