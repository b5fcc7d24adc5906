"""``/explain`` and its overlay: the score of ``/similar``, and errors of one sentence."""

import io
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pydantic import TypeAdapter

from api.examples import EXPLANATION
from search.explaining import Explanation


def asked(client: TestClient, **parameters: Any) -> Any:
    return client.get("/similar", params=parameters).json()


def test_reasons_have_every_field_of_the_contract(client: TestClient) -> None:
    answer = asked(client, image="p5-a.png")
    result = answer["results"][1]
    parameters = {"image_id": answer["query"]["image_id"], "result": result["product_id"]}
    response = client.get("/explain", params=parameters)
    assert response.headers["cache-control"].startswith("private")
    found = response.json()
    assert set(found) == {"score", "method", "query", "result", "shared", "color", "next"}
    assert found["score"] == pytest.approx(result["score"], abs=2e-6)
    for side in ("query", "result"):
        heat = found[side]
        assert set(heat) == {"image_id", "box", "width", "height", "grid", "rest", "reason"}
        assert np.sum(heat["grid"]) + heat["rest"] == pytest.approx(result["score"], abs=1e-4)
    assert found["query"]["image_id"] == answer["query"]["image_id"]
    assert found["result"]["image_id"] == str(result["image_id"])
    assert set(found["next"]) == {"product_id", "score", "margin", "differs"}
    assert found["next"]["product_id"] == answer["results"][2]["product_id"]


def test_the_example_is_an_explanation() -> None:
    example = EXPLANATION[200]["content"]["application/json"]["example"]
    made = TypeAdapter(Explanation).validate_python(example)
    assert TypeAdapter(Explanation).dump_python(made, mode="json") == example


def test_a_region_and_a_product_are_explained_as_they_are_asked(client: TestClient) -> None:
    answer = asked(client, image="p5-a.png", box="20,10,300,200")
    result = answer["results"][0]
    box = ",".join(map(str, answer["query"]["box"]))
    parameters = {"image_id": answer["query"]["image_id"], "box": box}
    found = client.get("/explain", params=parameters | {"result": result["product_id"]}).json()
    assert found["score"] == pytest.approx(result["score"], abs=2e-6)
    assert found["query"]["box"] == [20, 10, 300, 200]
    found = client.get("/explain", params={"product_id": "p5", "result": "p6"}).json()
    rows = {one["product_id"]: one for one in asked(client, product_id="p5", k=12)["results"]}
    assert found["score"] == pytest.approx(rows["p6"]["score"], abs=2e-6)


@pytest.mark.parametrize("side", ["query", "result"])
def test_an_overlay_is_a_picture(client: TestClient, side: str) -> None:
    parameters = {"image": "p5-a.png", "result": "p5", "side": side}
    response = client.get("/explain/overlay", params=parameters)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(response.content)).size == (320, 240)


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/explain", {"image": "p5-a.png", "result": "nothing"}, 404, "product_not_found"),
        ("/explain", {"product_id": "nothing", "result": "p5"}, 404, "product_not_found"),
        ("/explain", {"image_id": "forgotten", "result": "p5"}, 404, "query_forgotten"),
        ("/explain", {"image": "p5-a.png"}, 422, "bad_parameter"),
        ("/explain", {"result": "p5"}, 422, "bad_parameter"),
        ("/explain", {"image": "p5-a.png", "result": "p5", "k": 3}, 422, "unknown_parameter"),
        ("/explain", {"image": "p5-a.png", "result": "p5", "filter": ":"}, 400, "bad_filter"),
        ("/explain/overlay", {"image": "p5-a.png", "result": "p5", "side": "left"}, 422,
         "bad_parameter"),
        ("/explain/overlay", {"image_id": "forgotten", "result": "p5"}, 404, "query_forgotten"),
        ("/similar", {"image": "p5-a.png", "detect": "maybe"}, 422, "bad_parameter"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence_with_its_status(
    client: TestClient, path: str, parameters: dict[str, Any], status: int, code: str
) -> None:
    response = client.get(path, params=parameters)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert "\n" not in problem["detail"]
    assert problem["detail"].endswith(".")


def test_without_detection_the_answer_is_the_same(client: TestClient) -> None:
    auto, off = (asked(client, image="p5-a.png", detect=way) for way in ("auto", "off"))
    assert off["query"]["objects"] == []
    assert auto["results"] == off["results"]
    for one in auto["query"]["objects"]:
        box = ",".join(map(str, one["box"]))
        part = asked(client, image_id=auto["query"]["image_id"], box=box)
        assert part["query"]["box"] == one["box"]
