"""``p_same``, ``match`` and ``min_match``, with a version that knows them and one that does not."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from search.versions import IndexFolder

NEAREST_WINS = {
    "matching": {
        "first": [-5.0, 10.0, 0.0],
        "later": [-5.0, 10.0, 0.0, -1.0],
        "same": 0.9,
        "none": 0.4,
        "categories": {},
    },
    "reason": "",
    "category": {"mean": 4.0, "nearest": 16.0, "votes": 0.5, "far": -100.0},
    "temperatures": [1.0, 1.0],
    "attributes": {"washable": {"mean": 4.0, "nearest": 16.0, "votes": 0.5, "far": -100.0}},
}
"""The index of twelve products is too small to fit one."""


@pytest.fixture(scope="module")
def calibrated(
    shop: Any, tmp_path_factory: pytest.TempPathFactory, opened: Callable[[TestClient], None]
) -> Iterator[TestClient]:
    index = tmp_path_factory.mktemp("calibrated") / "index"
    shutil.copytree(shop.index, index, symlinks=True)
    folder = IndexFolder(index)
    manifest: Path = folder.folder(folder.require_live().version) / "manifest.json"
    manifest.write_text(
        json.dumps(json.loads(manifest.read_text()) | {"calibration": NEAREST_WINS, "seal": None})
    )
    with TestClient(create_app(shop.settings(index))) as made:
        opened(made)
        yield made


def ask(client: TestClient, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/similar", params={"image": "p5-b.jpg"} | params).json()
    return found


def test_each_result_says_how_likely_it_is_the_product(calibrated: TestClient) -> None:
    results = ask(calibrated, k=12)["results"]
    assert results[0]["product_id"] == "p5"
    assert (results[0]["match"], results[0]["p_same"] > 0.9) == ("same", True)
    for one in results:
        wanted = "same" if one["p_same"] >= 0.9 else "similar" if one["p_same"] >= 0.4 else "none"
        assert one["match"] == wanted
    assert len({one["match"] for one in results}) > 1


def test_columns_that_pictures_can_tell_are_predicted(calibrated: TestClient) -> None:
    answer = ask(calibrated)
    assert list(answer["attributes"]) == ["washable"]
    assert answer["attributes"]["washable"][0]["value"] is False
    assert [one["path"] for one in answer["category"]] == ["Things", "Things > Round"]


def test_results_below_min_match_are_left_out(calibrated: TestClient) -> None:
    everything = ask(calibrated, k=12)
    middle = sorted(one["p_same"] for one in everything["results"])[6]
    likely = ask(calibrated, k=12, min_match=middle)
    rows = [one for one in everything["results"] if one["p_same"] >= middle]
    assert likely["results"] == rows
    assert 0 < len(rows) < 12
    assert likely["categories"] == everything["categories"]


def test_min_match_works_on_the_products_page_and_in_forms(
    calibrated: TestClient, photo: bytes
) -> None:
    page = calibrated.get("/products/p5/similar?min_match=0.9").json()
    form = calibrated.post("/similar", data={"min_match": "0.9"}, files={"file": photo}).json()
    for answer in (page, form):
        assert answer["results"][0]["product_id"] == "p5"
        assert all(one["p_same"] >= 0.9 for one in answer["results"])


def test_without_a_calibration_they_are_null_and_min_match_says_why_not(
    client: TestClient,
) -> None:
    assert {(one["p_same"], one["match"]) for one in ask(client)["results"]} == {(None, None)}
    refused = client.get("/similar", params={"product_id": "p5", "min_match": 0.5})
    assert (refused.status_code, refused.json()["code"]) == (400, "not_calibrated")
    for part in ("version 1 knows no p_same, because only", "leave min_match out"):
        assert part in refused.json()["detail"]
    assert client.get("/similar", params={"product_id": "p5", "min_match": 0}).status_code == 200


@pytest.mark.parametrize("value", ["-0.1", "1.01", "nan", "high", ""])
def test_a_min_match_that_is_no_probability_is_refused(client: TestClient, value: str) -> None:
    answer = client.get("/similar", params={"product_id": "p5", "min_match": value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    assert answer.json()["detail"].startswith(f"min_match is '{value}'; it must be a probability")
