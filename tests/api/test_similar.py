"""``/similar`` answers alike for every kind of source, over HTTP as in Python."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from search import SearchEngine
from search.answers import Answer


def lookalikes(answer: dict[str, Any]) -> dict[str, Any]:
    """What two answers to the same question have in common."""
    shown = ("categories", "category", "category_status", "attributes")
    return {name: answer[name] for name in (*shown, "results", "index")}


def as_http(answer: Answer) -> dict[str, Any]:
    """The library's answer with links instead of sources."""
    expected = asdict(answer)
    for result in expected["results"]:
        if not result["image"].startswith("http"):
            result["image"] = f"/images/{result['image_id']}"
    return lookalikes(expected)


def assert_first(answer: dict[str, Any], product_id: str) -> None:
    assert answer["results"][0]["product_id"] == product_id
    assert answer["results"][0]["score"] >= 0.999


def test_the_indexed_image_comes_first_by_path(client: TestClient) -> None:
    assert_first(client.get("/similar", params={"image": "p5-a.png"}).json(), "p5")


def test_the_indexed_image_comes_first_by_url(client: TestClient, shop: Any) -> None:
    assert_first(client.get("/similar", params={"image": f"{shop.url}/p5-a.png"}).json(), "p5")


def test_the_indexed_image_comes_first_by_upload(client: TestClient, photo: bytes) -> None:
    assert_first(client.post("/similar", files={"file": photo}).json(), "p5")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_product_itself_comes_first_by_id(client: TestClient, method: str) -> None:
    answer = client.request(method, "/similar", params={"product_id": "p5"}).json()
    assert_first(answer, "p5")
    assert answer["query"]["product_id"] == "p5"


def test_a_product_whose_image_is_behind_a_url_is_linked_there(
    client: TestClient, shop: Any
) -> None:
    answer = client.get("/similar", params={"product_id": "p10", "k": 1}).json()
    assert answer["results"][0]["image"] == f"{shop.url}/p10-a.png"


def test_a_local_image_is_linked_to_this_server(client: TestClient) -> None:
    first = client.get("/similar", params={"product_id": "p5", "k": 1}).json()["results"][0]
    assert first["image"] == f"/images/{first['image_id']}"


def test_an_answer_gives_the_colours_of_the_query_and_of_each_result(
    client: TestClient, photo: bytes
) -> None:
    answer = client.post("/similar", files={"file": photo}).json()
    first = answer["results"][0]
    assert answer["query"]["colors"] == first["colors"]
    assert all(one["colors"] for one in answer["results"])
    for one in first["colors"]:
        assert set(one) == {"name", "hex", "share"}
        assert re.fullmatch("#[0-9a-f]{6}", one["hex"])
        assert 0 < one["share"] <= 1


def test_http_and_python_give_equal_answers(
    client: TestClient, engine: SearchEngine, shop: Any, photo: bytes
) -> None:
    by_id = client.get("/similar", params={"product_id": "p3", "k": 12}).json()
    assert lookalikes(by_id) == as_http(engine.similar(product_id="p3", k=12))
    by_path = client.get("/similar", params={"image": "p3-b.jpg"}).json()
    assert lookalikes(by_path) == as_http(engine.similar(shop.photos / "p3-b.jpg"))
    by_file = client.post("/similar", files={"file": photo}).json()
    assert lookalikes(by_file) == as_http(engine.similar(photo))


def test_get_and_post_give_equal_answers(client: TestClient) -> None:
    for source in ({"image": "p3-b.jpg"}, {"product_id": "p3"}):
        params = source | {"k": "4"}
        got, posted = client.get("/similar", params=params), client.post("/similar", params=params)
        assert lookalikes(got.json()) == lookalikes(posted.json())
        queries = [answer.json()["query"] | {"image_id": "any"} for answer in (got, posted)]
        assert queries[0] == queries[1]


def test_parameters_may_be_fields_of_the_form(client: TestClient, photo: bytes) -> None:
    answer = client.post("/similar", data={"k": "3"}, files={"file": photo}).json()
    assert len(answer["results"]) == 3


def test_k_is_how_many_products_come_back(client: TestClient) -> None:
    for k in (1, 7, 12):
        answer = client.get("/similar", params={"product_id": "p1", "k": k}).json()
        assert len({one["product_id"] for one in answer["results"]}) == k


def test_the_answer_has_every_field_of_the_contract(client: TestClient) -> None:
    answer = client.get("/similar", params={"image": "p5-a.png"}).json()
    assert set(answer) == {
        *("query", "categories", "category", "category_status", "attributes", "results", "facets"),
        *("index", "request_id", "took_ms"),
    }
    image_id = answer["query"].pop("image_id")
    assert len(image_id) >= 22
    assert answer["query"].pop("colors") == answer["results"][0]["colors"]
    assert all(set(one) == {"box", "weight"} for one in answer["query"].pop("objects"))
    assert answer["query"] == {"size": [320, 240], "box": [0, 0, 320, 240], "product_id": None}
    assert set(answer["index"]) == {"version", "revision", "model", "built_at"}
    assert set(answer["took_ms"]) == {"fetch", "embed", "search", "total"}
    result = answer["results"][0]
    assert set(result) == {
        *("product_id", "score", "image_id", "image", "product", "p_same", "match", "colors"),
    }
    assert result["product"] == {
        "product_id": "p5",
        "title": "Product 5",
        "description": "",
        "category": "Things > Round",
        "brand": "",
        "price": 5.5,
        "currency": "EUR",
        "in_stock": False,
        "url": "",
        "attributes": {"washable": False, "pieces": 5, "weight": 0.5, "color": "red"},
    }


def test_what_is_not_known_is_null(client: TestClient) -> None:
    answer = client.get("/similar", params={"product_id": "p3", "k": 1}).json()
    assert answer["results"][0]["product"]["in_stock"] is None


def test_attributes_keep_their_types(client: TestClient) -> None:
    answer = client.get("/similar", params={"product_id": "p4", "k": 1}).json()
    attributes = answer["results"][0]["product"]["attributes"]
    assert {name: type(value) for name, value in attributes.items()} == {
        "washable": bool,
        "pieces": int,
        "weight": float,
        "color": str,
    }


def test_the_products_page_answers_like_similar(client: TestClient) -> None:
    page = client.get("/products/p5/similar", params={"k": 3}).json()
    assert lookalikes(page) == lookalikes(
        client.get("/similar", params={"product_id": "p5", "k": 3}).json()
    )


@pytest.mark.parametrize("slash", ["/", "%2F"])
def test_a_product_id_may_hold_slashes_and_other_odd_characters(
    client: TestClient, odd_id: str, slash: str
) -> None:
    in_path = quote(odd_id, safe="").replace("a%2Fb", f"a{slash}b")
    assert_first(client.get(f"/products/{in_path}/similar").json(), odd_id)


def test_one_bad_request_among_many_fails_alone(client: TestClient, photo: bytes) -> None:
    def ask(number: int) -> Any:
        file = b"no picture" if number == 20 else photo
        return client.post("/similar", files={"file": file})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(40)))
    assert [answer.status_code for answer in answers].count(200) == 39
    assert answers[20].json()["code"] == "not_an_image"
    for answer in answers[:20] + answers[21:]:
        assert_first(answer.json(), "p5")
