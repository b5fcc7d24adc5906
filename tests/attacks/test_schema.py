"""Requests made up from the server's OpenAPI document; ``benchmarks.attack_schema`` makes more."""

from pathlib import Path

from benchmarks.made_up_requests import attack
from tests.serving import served

CASES = 300


def test_no_made_up_request_crashes_it_or_gets_an_undocumented_answer(index: Path) -> None:
    with served(index.parent) as server:
        found = attack(server.url, CASES, 0, [], server.process.pid)
    assert not found.crashes
    assert not found.violations, found.examples
    assert found.cases >= CASES
    assert "Traceback" not in server.log.read_text()
