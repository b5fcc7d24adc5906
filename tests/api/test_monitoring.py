"""What the dashboard and the alerts ask for is what a server gives, and is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.problems import KINDS
from api.stages import Stage

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "lookalike.json"
RULES = ROOT / "deploy" / "prometheus"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()

SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}


@pytest.fixture(scope="module")
def given(client: TestClient, photo: bytes) -> dict[str, set[str]]:
    """Metric → its labels, of a server that has answered and refused."""
    client.post("/similar?filter=price:1..&facets=color", files={"file": photo})
    client.get("/similar?product_id=unknown")
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        labels = {label for sample in family.samples for label in sample.labels}
        found |= {family.name + suffix: labels for suffix in SUFFIXES[family.type]}
    kinds = re.compile(r"lookalike_(?!.*_created$)")  # that is the client library's
    return {name: labels for name, labels in found.items() if kinds.match(name)}


def queries() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for one in dashboard["panels"] for target in one["targets"]]
    marks = [one["expr"] for one in dashboard["annotations"]["list"]]
    return [*panels, *marks, *alerts().values()]


def alerts() -> dict[str, str]:
    """The condition of each alert, by name."""
    text = (RULES / "alerts.yml").read_text()
    found = re.findall(r"- alert: (\w+)\n +expr: (.*?)\n +(?:for|labels):", text, re.DOTALL)
    assert len(found) == text.count("alert:")
    return dict(found)


def test_every_query_names_metrics_and_labels_that_there_are(given: dict[str, set[str]]) -> None:
    for query in queries():
        used = re.findall(r"(lookalike_\w+)(?:\{(.*?)\})?", query)
        assert used or query.startswith(("up", "sum(up")), query
        for name, selector in used:
            assert name in given, query
            labels = set(re.findall(r"(\w+)=~?\"", selector)) - {"job"}
            assert labels <= given[name], query


def test_codes_and_stages_are_spelt_as_the_server_spells_them() -> None:
    stages = {name for part in get_args(Stage) for name in get_args(part) or (part,)}
    for query in queries():
        for label, known in (("code", KINDS.keys()), ("stage", stages)):
            values = re.findall(rf'{label}=~?"(.*?)"', query)
            assert {one for value in values for one in value.split("|")} <= set(known), query


def test_every_metric_is_in_the_documentation(given: dict[str, set[str]]) -> None:
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in given}
    assert names - set(re.findall(r"`(lookalike_\w+)`", OPERATIONS)) == set()


def test_every_alert_says_what_to_do() -> None:
    assert set(alerts()) == set(re.findall(r"^\| `(Lookalike\w+)` \|", OPERATIONS, re.MULTILINE))


def test_panels_have_titles_and_places_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({one["id"] for one in panels}) == len({one["title"] for one in panels})
    cells = [
        (x, y)
        for place in (one["gridPos"] for one in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert {x for x, _ in cells} == set(range(24))


@pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus' promtool is not installed")
def test_promtool_finds_no_fault(client: TestClient) -> None:
    for check in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
        subprocess.run(["promtool", *check], cwd=RULES, check=True)
    text = client.get("/metrics").content
    subprocess.run(["promtool", "check", "metrics"], input=text, check=True)
