"""Whether the server runs, whether it can answer, and from what."""

from dataclasses import asdict

from fastapi import APIRouter, Request

from api.dependencies import EngineDep, WatchDep
from api.documentation import OPENING, problems
from api.examples import INDEX
from api.grades import VersionGrade
from api.readiness import Readiness
from api.schemas import IndexInfo, Status

router = APIRouter(tags=["server"])


@router.get("/healthz", summary="Is the server running?")
async def healthz() -> Status:
    """The process runs."""
    return Status(status="ok")


@router.get(
    "/readyz",
    summary="Can it answer?",
    responses=problems(*OPENING, "bad_model", "index_unusable", "catalog_unavailable", "stopping"),
)
async def readyz(request: Request) -> Status:
    """The index is open, the model is warm, the catalog answers, and nobody has asked it to stop.

    For load balancers; whether the process is to be started again is what `/healthz` says.
    """
    readiness: Readiness = request.app.state.readiness
    await readiness.check()
    return Status(status="ready")


@router.get("/index", summary="What does it serve?", responses=INDEX | problems(*OPENING))
def index(engine: EngineDep, watch: WatchDep) -> IndexInfo:
    """The version that answers, its grade, and how much can be found now, later changes included.

    The `grade` is what the version found out when it was built: it asked itself photos that it does
    not hold. `drift` compares recent queries of this server with these: `psi` is the population
    stability index (below 0.1 stable, above 0.25 shifted), `chance` what it exceeds in 1 of 100
    cases though nothing has shifted. It is null, and `drift_reason` says why, while nothing can
    be compared.
    """
    products, images = engine.counts()
    look = watch.look(engine.manifest)
    return IndexInfo(
        **asdict(engine.state),
        products=products,
        images=images,
        grade=VersionGrade.of(engine.manifest.self_grade),
        drift=look.drift,
        drift_reason=look.reason,
    )
