"""Traces go to a real OTLP receiver, tell where the time went, and cost nothing while off."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.app import create_app

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
CLOSED = """
import json, sys
from api.app import create_app
create_app()
print(json.dumps(list(sys.modules)))
"""

Received = Queue[ExportTraceServiceRequest]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    """What an OTLP/HTTP receiver on this machine is sent."""
    received: Received = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["content-length"]))
            received.put(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests need no access log."""

    host = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=host.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{host.server_port}")
    yield received
    host.shutdown()
    host.server_close()
    thread.join()


@pytest.fixture
def spans(
    shop: Any,
    opened: Callable[[TestClient], None],
    receiver: Received,
    photo: bytes,
    caplog: pytest.LogCaptureFixture,
) -> list[Any]:
    """Those of three requests with one trace, as the receiver has them when the app has stopped.

    A fourth one's client does not want to be traced.
    """
    caplog.set_level(logging.INFO, logger="api")
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "order-7"}
    settings = shop.settings().model_copy(update={"traces": True})
    with TestClient(create_app(settings)) as client:
        opened(client)
        caplog.clear()
        client.post("/similar?filter=price:1..&k=3", files={"file": photo}, headers=headers)
        client.get(f"/similar?image={shop.url}/p1-a.png", headers=headers)
        client.get("/similar?product_id=unknown", headers=headers)
        unsampled = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
        assert client.get("/similar?product_id=p1", headers=unsampled).status_code == 200
    found = []
    while not receiver.empty():
        for resource in receiver.get().resource_spans:
            own = {one.key: one.value.string_value for one in resource.resource.attributes}
            assert own["service.name"] == "lookalike"
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return [one for one in found if one.trace_id.hex() == TRACE]


def children(spans: list[Any], parent: Any) -> list[str]:
    own = [one for one in spans if one.parent_span_id == parent.span_id]
    return [one.name for one in sorted(own, key=lambda one: one.start_time_unix_nano)]


def test_a_trace_goes_on_where_the_client_began_it_and_has_a_span_for_each_stage(
    spans: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = (one for one in spans if one.parent_span_id.hex() == PARENT)
    assert [first.name, second.name] == ["POST /similar", "GET /similar"]
    rest = ["search", "hydrate", "predict", "write"]
    assert children(spans, first) == [
        "receive",
        "queue",
        "decode",
        "embed",
        "colours",
        "filter",
        *rest,
    ]
    assert children(spans, second) == [
        "receive",
        "queue",
        "fetch",
        "decode",
        "embed",
        "colours",
        *rest,
    ]
    assert children(spans, third) == ["receive", "queue", "hydrate"]
    said = {one.key: one.value for one in third.attributes}
    assert said["http.route"].string_value == "/similar"
    assert said["http.response.status_code"].int_value == 404
    assert said["lookalike.request_id"].string_value == "order-7"
    assert "filter=" not in str(spans)
    logged = [vars(one).get("trace_id") for one in caplog.get_records("setup")]
    assert logged.count(TRACE) == 4


def test_stages_lie_within_their_request_and_after_each_other(spans: list[Any]) -> None:
    slack = 5_000_000  # of two clocks, in nanoseconds
    (whole,) = (one for one in spans if one.name == "POST /similar")
    own = [one for one in spans if one.parent_span_id == whole.span_id]
    own.sort(key=lambda one: one.start_time_unix_nano)
    end = whole.start_time_unix_nano
    for one in own:
        assert one.start_time_unix_nano >= end - slack
        end = one.end_time_unix_nano
    assert end <= whole.end_time_unix_nano + slack


def test_nothing_of_it_is_imported_when_it_is_off() -> None:
    command = [sys.executable, "-c", CLOSED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = ("opentelemetry.sdk", "opentelemetry.exporter", "api.tracing")  # the API is FastAPI's
    assert [one for one in json.loads(done.stdout) if one.startswith(theirs)] == []
