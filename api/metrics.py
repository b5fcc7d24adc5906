"""What Prometheus reads: queries, their drift, the version that answers, and how long it took."""

import os
import platform
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from importlib.metadata import version
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
        self._stages = Histogram(
            "lookalike_stage_seconds",
            "How long the stages of answering took, each where there was something to do.",
            ("stage",),
            registry=own,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self._lookups = Counter(
            "lookalike_cache_lookups",
            "How often something was kept when it was wanted (hit), or not (miss).",
            ("cache", "result"),
            registry=own,
        )
        self.queries = Counter("lookalike_queries", "Queries that were answered.", registry=own)
        self.refused = Counter(
            "lookalike_refused_requests",
            "Requests that were answered with a problem, by its code.",
            ("code",),
            registry=own,
        )
        self.at_work = Gauge(
            "lookalike_searches_at_work",
            "Searches and changes that are worked on.",
            registry=own,
            multiprocess_mode="livesum",
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

    def add_request(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> str:
        """Note a request that was answered, and give its route; what no route takes is left out."""
        route = scope.get("route")
        if scope["method"] not in (getattr(route, "methods", None) or ()):  # known names alone
            return ""
        path = str(getattr(route, "path_format", ""))
        self._seconds.labels(scope["method"], path, status).observe(seconds)
        return path

    def add_stage(self, stage: str, start: float, end: float) -> None:
        """Note a stage that has ended, and when, in seconds."""
        self._stages.labels(stage).observe(end - start)

    def add_lookup(self, cache: str, was_there: bool) -> None:
        """Note whether something was kept when it was wanted."""
        self._lookups.labels(cache, "hit" if was_there else "miss").inc()

    def text(self) -> bytes:
        """All of them, in Prometheus' text format."""
        _forget_dead_processes()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """What is not known now has no sample."""
        yield _build_info()
        yield GaugeMetricFamily(
            "lookalike_following",
            "0 while the index cannot be opened, or its changes cannot be followed.",
            int(self._keeper.follows),
        )
        try:
            engine = self._keeper.engine()
        except RequestRefused:
            return
        state = engine.state
        yield GaugeMetricFamily("lookalike_index_version", "The live version.", state.version)
        yield GaugeMetricFamily(
            "lookalike_index_revision", "The catalog's newest change in answers.", state.revision
        )
        yield GaugeMetricFamily(
            "lookalike_index_built_timestamp_seconds",
            "When the live version was built.",
            datetime.fromisoformat(state.built_at).timestamp(),
        )
        yield from _drift(self._watch.look(engine.manifest))


def _build_info() -> Metric:
    labels = {"version": version("lookalike"), "python": platform.python_version()}
    info = GaugeMetricFamily("lookalike_build_info", "Always 1; what runs.", labels=list(labels))
    info.add_metric(list(labels.values()), 1)
    return info


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
