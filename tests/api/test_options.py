"""What ``/similar`` takes besides the picture: regions, filters, facets, groups, pages, again."""

from typing import Any

import pytest
from fastapi.testclient import TestClient


def ids(answer: dict[str, Any]) -> list[str]:
    return [row["product_id"] for row in answer["results"]]


def test_a_filter_leaves_only_what_passes(client: TestClient) -> None:
    params = {"product_id": "p5", "filter": ["price:..6", "-in_stock:true"], "k": "50"}
    answer = client.get("/similar", params=params).json()
    expected = {f"p{number}" for number in range(6) if number % 3 or number == 3}
    assert set(ids(answer)) == expected


def test_a_filter_may_be_a_field_of_the_form_several_times(
    client: TestClient, photo: bytes
) -> None:
    data = {"filter": ["washable:true", "price:5..9"], "k": "50"}
    answer = client.post("/similar", files={"file": photo}, data=data).json()
    assert set(ids(answer)) == {"p6", "p8"}


@pytest.mark.parametrize(
    ("text", "position"), [("price:cheap..", 6), ("brand", 5), ("colr:red", 0), ("", 0)]
)
def test_a_bad_filter_says_where_and_what_was_expected(
    client: TestClient, text: str, position: int
) -> None:
    answer = client.get("/similar", params={"product_id": "p5", "filter": text})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "bad_filter")
    assert problem["position"] == position
    assert problem["expected"] in problem["detail"]


def test_facets_count_everything_that_passes(client: TestClient) -> None:
    query = "product_id=p5&k=1&facets=category,price&filter=washable:true"
    facets = client.get(f"/similar?{query}").json()["facets"]
    counts = {one["value"]: one["count"] for one in facets["category"]["values"]}
    assert counts == {"Things": 6, "Things > Square": 6}
    assert (facets["price"]["low"], facets["price"]["high"]) == (0.5, 10.5)


def test_pages_follow_each_other_with_no_repeat_and_no_gap(client: TestClient) -> None:
    whole = ids(client.get("/similar?product_id=p5&k=100").json())
    pages = [client.get(f"/similar?product_id=p5&k=5&offset={at}").json() for at in (0, 5, 10, 15)]
    assert [one for page in pages for one in ids(page)] == whole
    assert len(whole) == len(set(whole)) == 12


def test_grouped_by_image_each_picture_has_its_row(client: TestClient) -> None:
    rows = client.get("/similar?product_id=p5&k=100&group=image").json()["results"]
    assert len(rows) == len({row["image_id"] for row in rows}) == 23


def test_a_picture_is_asked_again_with_no_upload(client: TestClient, photo: bytes) -> None:
    asked = client.post("/similar", files={"file": photo}).json()
    image_id = asked["query"]["image_id"]
    again = client.get("/similar", params={"image_id": image_id, "k": 3}).json()
    assert again["results"] == asked["results"][:3]
    part = client.get("/similar", params={"image_id": image_id, "box": "0,0,160,120"}).json()
    assert part["query"]["box"] == [0, 0, 160, 120]
    assert part["query"]["image_id"] == image_id
    whole = client.post("/similar", files={"file": photo}, data={"box": "0,0,160,120"}).json()
    assert part["results"] == whole["results"] != asked["results"]


def test_a_picture_that_is_not_kept_is_said(client: TestClient) -> None:
    answer = client.get("/similar?image_id=never-given")
    assert (answer.status_code, answer.json()["code"]) == (404, "query_forgotten")


@pytest.mark.parametrize(
    "box", ["0,0,321,10", "-1,0,10,10", "10,10,10,20", "0,0,10", "a,b,c,d", ""]
)
def test_a_bad_box_is_refused(client: TestClient, photo: bytes, box: str) -> None:
    answer = client.post("/similar", files={"file": photo}, data={"box": box})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    assert "box" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["offset=-1", "offset=10001", "group=color", "facets=colr", "facets=", "k=0"]
)
def test_an_option_out_of_range_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/similar?product_id=p5&{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")
    assert query.partition("=")[0] in answer.json()["detail"]
