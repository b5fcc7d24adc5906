"""What Prometheus reads: queries, their drift, the version that answers, and how long it took."""

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from api.keeper import EngineKeeper
from api.problems import RequestRefused
from api.watching.watch import Look, Watch

SEVERAL = "PROMETHEUS_MULTIPROC_DIR"
"""In the environment when several processes share an index; Prometheus' own library reads it."""


class Metrics(Collector):
    """The metrics of one app, or of all processes that share its index.

    Two apps in a process share none.
    """

    def __init__(self, keeper: EngineKeeper, watch: Watch) -> None:
        self._keeper = keeper
        self._watch = watch
        self._registry = CollectorRegistry()
        self._registry.register(self)
        own: CollectorRegistry | None = self._registry
        if SEVERAL in os.environ:
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
            own = None
        self._seconds = Histogram(
            "lookalike_request_seconds",
            "How long requests took, by route.",
            ("method", "route", "status"),
            registry=own,
        )
        self.queries = Counter("lookalike_queries", "Queries that were answered.", registry=own)
        self.refused = Counter(
            "lookalike_refused_requests", "Requests that were refused.", ("code",), registry=own
        )
        self.queue = Gauge(
            "lookalike_queue_depth",
            "Requests that wait until one at work has ended.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self.batches = Histogram(
            "lookalike_batch_pictures",
            "How many pictures went through the model together.",
            registry=own,
            buckets=(1, 2, 4, 8, 16, 32, 64),
        )

    def add_request(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        """Note a request that was answered; what no route takes is left out."""
        route = scope.get("route")
        if scope["method"] in (getattr(route, "methods", None) or ()):  # known names alone
            path = getattr(route, "path_format", "")
            self._seconds.labels(scope["method"], path, status).observe(seconds)

    def text(self) -> bytes:
        """All of them, in Prometheus' text format."""
        _forget_dead_processes()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What is not known now has no sample."""
        try:
            engine = self._keeper.engine()
        except RequestRefused:
            return
        state = engine.state
        yield GaugeMetricFamily("lookalike_index_version", "The live version.", state.version)
        yield GaugeMetricFamily(
            "lookalike_index_revision", "The catalog's newest change in answers.", state.revision
        )
        yield from _drift(self._watch.look(engine.manifest))


def _forget_dead_processes() -> None:
    """What waited in a process that was killed waits no more."""
    folder = os.environ.get(SEVERAL)
    for path in Path(folder).glob("gauge_live*.db") if folder else ():
        process = int(path.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)  # sends nothing
        except ProcessLookupError:
            mark_process_dead(process)  # type: ignore[no-untyped-call]


def _drift(look: Look) -> Iterator[Metric]:
    drift = look.drift
    index = "Population stability index of recent queries beside held-out ones: "
    yield GaugeMetricFamily(
        "lookalike_drift_window_queries", "Recent queries that can be compared.", look.window
    )
    yield GaugeMetricFamily(
        "lookalike_drift_warning",
        "1 while recent queries do not look like the held-out ones.",
        int(drift is not None and drift.shifted),
    )
    yield GaugeMetricFamily(
        "lookalike_drift_score_psi", f"{index}scores.", drift.scores.psi if drift else None
    )
    yield GaugeMetricFamily(
        "lookalike_drift_category_psi",
        f"{index}categories.",
        drift.categories.psi if drift and drift.categories else None,
    )
