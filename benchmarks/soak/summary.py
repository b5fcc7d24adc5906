"""What the soak says in the end."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.soak.findings import SETTLED, Findings
from benchmarks.soak.server import Memory

_MOST_ERRORS = 0.001


def summary(
    findings: Findings, facts: dict[str, Any], memory: Memory, integrity: str
) -> dict[str, Any]:
    """Counts, shares and times; ``passed`` when nothing was wrong and errors were rare."""
    asked = len(findings.seconds) + findings.errors.total() + sum(findings.changes.values())
    all_errors = findings.errors.total()
    outside = sum(count for what, count in findings.errors.items() if "in a cut" not in what)
    never = {version: len(waiting) for version, waiting in findings.waiting.items()}
    shares = all_errors / max(asked, 1), outside / max(asked, 1)
    is_whole = not (findings.wrong or findings.unexpected or never) and integrity == "ok"
    return {
        "passed": is_whole and shares[0] < _MOST_ERRORS and not findings.failed_builds,
        **{name: value and round(value, 2) for name, value in facts.items()},
        "seconds": round(time.monotonic() - findings.started, 1),
        "requests": asked,
        "sent_again_after_a_kill": len(findings.sent_again) - _unexplained(findings),
        "sent_again_otherwise": _unexplained(findings),
        "not_sent": findings.skipped,
        "wrong_answers": len(findings.wrong),
        "answers_checked": findings.checked,
        "answers_of_unknown_versions": never,
        "unexpected_errors": len(findings.unexpected),
        "errors": dict(findings.errors),
        "error_share": round(shares[0], 6),
        "error_share_outside_cuts": round(shares[1], 6),
        "examples": [*findings.wrong[:3], *findings.unexpected[:5], *findings.failed_builds[:2]],
        "changes": dict(findings.changes),
        "versions_published": len(findings.expected),
        "versions_answered": len(findings.versions),
        "failed_builds": len(findings.failed_builds),
        "workers_killed": len(findings.kills),
        "cuts_seconds": [round(end - start, 1) for start, end in findings.cuts],
        "catalog_integrity": integrity,
        **_memory(memory.megabytes),
        **_times(findings),
    }


def _unexplained(findings: Findings) -> int:
    """Connections that broke though no worker was killed: kept ones that were closed meanwhile."""
    return sum(
        not any(0 <= when - kill < SETTLED for kill in findings.kills)
        for when in findings.sent_again
    )


def _memory(megabytes: list[float]) -> dict[str, Any]:
    """Medians of the second and of the last tenth."""
    part = len(megabytes) // 10
    if not part:
        return {"memory_growth": None}
    first = float(np.median(megabytes[part : 2 * part]))
    last = float(np.median(megabytes[-part:]))
    return {
        "memory_megabytes": [round(first, 1), round(last, 1)],
        "memory_growth": round(last / first - 1, 4),
    }


def _rounded(of: Callable[[list[float]], Any], numbers: list[float]) -> float | None:
    return round(float(of(numbers)), 2) if numbers else None


def _times(findings: Findings) -> dict[str, Any]:
    if not findings.seconds:
        return {}
    median, slow, slower = np.percentile(findings.seconds, [50, 95, 99]) * 1000
    return {
        "milliseconds_p50": round(float(median), 1),
        "milliseconds_p95": round(float(slow), 1),
        "milliseconds_p99": round(float(slower), 1),
        "changes_watched": len(findings.visible),
        "visible_after_seconds_median": _rounded(np.median, findings.visible),
        "visible_after_seconds_max": _rounded(max, findings.visible),
    }
