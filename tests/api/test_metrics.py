"""``/metrics`` and the drift of ``/index``, on a real index with real queries."""

import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.watching import watch as watching
from api.watching import window
from search import SearchEngine

Draw = Callable[..., Image.Image]
HELD_OUT = 60


def photo(draw: Draw, seed: int) -> bytes:
    """One of the shop's scenes as a customer may take it: turned, and a part of it."""
    random = np.random.default_rng(seed)
    turned = draw(seed % 12).rotate(random.uniform(-15, 15), fillcolor="grey")
    left, top = random.integers(0, 60, 2)
    return as_png(turned.crop((left, top, 320 - left, 240 - top)))


def noise(seed: int) -> bytes:
    """Nothing that the shop has."""
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8)
    return as_png(Image.fromarray(pixels))


def as_png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


@pytest.fixture(scope="module")
def watched(
    shop: Any, draw: Draw, engine: SearchEngine, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The shop's index, which says what real held-out queries look like."""
    answers = [engine.similar(photo(draw, 1000 + seed)) for seed in range(HELD_OUT)]
    scores = np.array([one.results[0].score for one in answers])
    edges = np.quantile(scores, np.arange(1, 10) / 10)
    paths = [one.categories[0].path for one in answers]
    reference = {
        "scores": {
            "edges": edges.tolist(),
            "shares": (np.bincount(np.digitize(scores, edges), minlength=10) / HELD_OUT).tolist(),
        },
        "categories": {path: paths.count(path) / HELD_OUT for path in set(paths)},
        "queries": HELD_OUT,
    }
    return with_reference(shop.index, tmp_path_factory.mktemp("watched") / "index", reference)


def with_reference(index: Path, copy: Path, reference: dict[str, Any] | None) -> Path:
    """A copy of an index whose version 1 has another reference."""
    shutil.copytree(index, copy, symlinks=True)
    manifest = copy / "versions" / "1" / "manifest.json"
    manifest.write_text(
        json.dumps(json.loads(manifest.read_text()) | {"reference": reference, "seal": None})
    )
    return copy


@pytest.fixture
def server(
    shop: Any,
    watched: Path,
    opened: Callable[[TestClient], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    """Compares after every query, the last 100 of them."""
    monkeypatch.setattr(watching, "EVERY", 0.0)
    monkeypatch.setattr(window, "MOST", 100)
    with TestClient(create_app(shop.settings(watched))) as made:
        opened(made)
        yield made


def send(client: TestClient, pictures: Sequence[bytes], **parameters: str) -> None:
    for picture in pictures:
        answer = client.post("/similar", files={"file": picture}, params=parameters)
        assert answer.status_code == 200


def metrics(client: TestClient) -> dict[str, float]:
    """The samples without labels, by name."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {sample.name: sample.value for sample in samples if not sample.labels}


def test_photos_of_the_catalog_are_no_shift_and_other_pictures_are_warned_of_once(
    server: TestClient, draw: Draw, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="api")
    send(server, [photo(draw, seed) for seed in range(100)])
    found = server.get("/index").json()
    assert (found["drift"]["shifted"], found["drift_reason"]) == (False, None)
    assert found["drift"]["window"] == 100
    assert len(found["drift"]["scores"]["recent"]) == 10
    assert set(found["drift"]["categories"]["expected"]) == {"Things > Round", "Things > Square"}
    before = metrics(server)
    assert before["lookalike_drift_warning"] == 0
    assert before["lookalike_drift_score_psi"] == found["drift"]["scores"]["psi"]
    assert before["lookalike_drift_category_psi"] == found["drift"]["categories"]["psi"]
    assert not caplog.records
    send(server, [noise(seed) for seed in range(100)])
    after = metrics(server)
    assert after["lookalike_drift_warning"] == 1
    assert after["lookalike_drift_score_psi"] > 0.25
    assert after["lookalike_queries_total"] == 200
    assert after["lookalike_drift_window_queries"] == 100
    drift = server.get("/index").json()["drift"]
    assert (drift["shifted"], drift["scores"]["shifted"]) == (True, True)
    assert drift["since"].endswith("+00:00")
    # On a slow machine it is compared between, too: each warning but the last was taken back.
    *earlier, warning = [one.getMessage() for one in caplog.records]
    assert "do not look like the held-out ones of version 1" in warning
    assert all("held-out ones of version 1 again" in one for one in earlier[1::2])
    assert len(earlier) % 2 == 0


def test_queries_that_are_narrowed_are_counted_and_not_compared(
    server: TestClient, draw: Draw
) -> None:
    send(server, [photo(draw, 1)], filter="price:..5")
    send(server, [photo(draw, 1)], offset="3")
    send(server, [photo(draw, 1)], box="10,10,90,90")
    assert server.get("/similar?product_id=p1").status_code == 200
    assert server.get("/products/p1/similar").status_code == 200
    send(server, [photo(draw, 1)], k="1")
    found = metrics(server)
    assert found["lookalike_queries_total"] == 6
    assert found["lookalike_drift_window_queries"] == 1
    assert "lookalike_drift_score_psi" not in found
    index = server.get("/index").json()
    assert index["drift"] is None
    assert "and 1 can be compared so far" in index["drift_reason"]


def test_what_goes_through_the_model_together_is_counted(server: TestClient, draw: Draw) -> None:
    send(server, [photo(draw, seed) for seed in range(3)])
    assert server.get("/similar?product_id=p1").status_code == 200  # needs no model
    found = metrics(server)
    assert found["lookalike_batch_pictures_count"] == 3
    assert found["lookalike_batch_pictures_sum"] == 3
    assert found["lookalike_queue_depth"] == 0


def test_a_version_of_an_earlier_release_says_how_queries_can_be_watched(
    shop: Any, opened: Callable[[TestClient], None], tmp_path: Path
) -> None:
    copy = with_reference(shop.index, tmp_path / "index", None)
    with TestClient(create_app(shop.settings(copy))) as client:
        opened(client)
        found = client.get("/index").json()
        assert found["drift"] is None
        assert "indexer build" in found["drift_reason"]
        assert metrics(client)["lookalike_drift_warning"] == 0


def test_the_version_that_answers_is_in_the_metrics(client: TestClient) -> None:
    state, found = client.get("/index").json(), metrics(client)
    assert found["lookalike_index_version"] == state["version"]
    assert found["lookalike_index_revision"] == state["revision"]


def test_metrics_are_given_before_the_index_is_open(shop: Any) -> None:
    closed = TestClient(create_app(shop.settings()))  # not started
    found = metrics(closed)
    assert found["lookalike_queries_total"] == 0
    assert "lookalike_index_version" not in found


def test_two_apps_of_a_process_share_no_metrics(server: TestClient, shop: Any, draw: Draw) -> None:
    other = TestClient(create_app(shop.settings()))
    send(server, [photo(draw, 1)])
    assert metrics(server)["lookalike_queries_total"] == 1
    assert metrics(other)["lookalike_queries_total"] == 0


def test_requests_are_timed_by_route_and_never_by_what_clients_invent(shop: Any) -> None:
    closed = TestClient(create_app(shop.settings()))
    closed.get("/products/p1/similar")
    closed.get("/products/p2/similar")
    closed.get("/nothing/here")
    closed.request("INVENTED", "/products/p1/similar")
    text = closed.get("/metrics").text
    count = 'lookalike_request_seconds_count{method="GET",route="/products/{product_id}/similar"'
    assert f'{count},status="503"}} 2.0' in text
    assert "nothing" not in text
    assert "INVENTED" not in text
