"""Requests made up by schemathesis, and what was wrong with their answers."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from benchmarks.soak.server import megabytes
from search.sources import is_url

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"json": [1]},
    {"data": b"\xff\x00", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
)

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]

_EVERYTHING = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Found:
    """``crashes`` are 5xx other than 503, and connections that broke."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def note(self, status: int, what: str) -> None:
        """One answer."""
        self.cases += 1
        self.statuses[status] += 1
        if status >= 500 and status != 503:
            self.crashes.append(f"{status}: {what[:500]}")

    def violation(self, kind: str, example: str) -> None:
        """An answer that the document does not allow."""
        self.violations[kind] += 1
        self.examples.setdefault(kind, example[:1500])


def attack(
    url: str,
    cases: int,
    start: int,
    halfway: list[float],
    process: int,
    seconds: float = 1800,
) -> Found:
    """So many requests, or some more, or as many as there is time for.

    ``halfway`` gets the memory after each tenth.
    """
    found, end = Found(), monotonic() + seconds
    document = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [one.ok() for one in document.get_all_operations()]
    session = requests.Session()
    session.trust_env = False
    _every_method(session, url, document.raw_schema["paths"], found)
    for turn in count(start):
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                share = max(4, cases // (8 * len(operations)))
                _tried(operation, mode, share, turn, session, found)
                while found.cases >= (len(halfway) + 1) * cases / 10:
                    halfway.append(megabytes(process))
                    _say(f"{found.cases} cases, {dict(found.statuses)}")
        if found.cases >= cases or monotonic() > end:
            break
    return found


def _tried(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    turn: int,
    session: requests.Session,
    found: Found,
) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # noqa: BLE001 - an operation that nothing can be wrong about
        _say(f"{operation.label}, {mode}: {error}")
        return

    @seed(turn)
    @settings(_EVERYTHING, max_examples=examples)
    @given(strategy)
    def one(case: Any) -> None:
        _ask(case, session, found)

    try:
        one()
    except Unsatisfiable:  # nothing that can be made up
        return


def _ask(case: Any, session: requests.Session, found: Found) -> None:
    """Never anything outside this machine: pictures behind URLs are not asked for."""
    said = str(case.query) + str(case.body)
    if is_url(str((case.query or {}).get("image", ""))) or "://" in said:
        return
    what = case.as_curl_command()
    try:
        answer = case.call(session=session, timeout=60)
    except requests.RequestException as error:
        found.cases += 1
        found.crashes.append(f"{error!r}: {what[:500]}")
        return
    found.note(answer.status_code, what)
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            found.violation(f"{case.operation.label}: {type(failure).__name__}", f"{failure}")
    except Failure as failure:
        found.violation(f"{case.operation.label}: {type(failure).__name__}", f"{failure}")


def _every_method(session: requests.Session, url: str, paths: Any, found: Found) -> None:
    for path in (*paths, "/", "/docs", "/nothing"):
        for method in METHODS:
            for body in BODIES:
                answer = session.request(
                    method, url + path, timeout=60, allow_redirects=False, **body
                )
                what = f"{method} {path} {body}"
                found.note(answer.status_code, what)
                kind = answer.headers.get("Content-Type")
                if answer.status_code >= 400 and kind != "application/problem+json":
                    found.violation("no problem", f"{what}: {answer.status_code} {kind}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
