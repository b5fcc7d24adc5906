"""``/metrics``: what a monitoring system reads."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.dependencies import MetricsDep
from api.examples import METRICS

router = APIRouter(tags=["server"])


@router.get("/metrics", summary="How is it doing?", response_class=Response, responses=METRICS)
def metrics(found: MetricsDep) -> Response:
    """Queries, their drift, the version that answers and how long requests took, for Prometheus.

    A drift below 0.1 is stable, one above 0.25 may be a shift; `lookalike_drift_warning` tells a
    shift from chance, and `GET /index` shows what it consists of. The processes of one server are
    counted together.
    """
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)
