"""Whether the server runs, whether it can answer, and from what."""

from dataclasses import asdict

from fastapi import APIRouter, Depends

from api.dependencies import EngineDep, WatchDep, open_engine
from api.documentation import INDEX, OPENING, problems
from api.grades import VersionGrade
from api.schemas import IndexInfo, Status

router = APIRouter(tags=["server"])


@router.get("/healthz", summary="Is the server running?")
async def healthz() -> Status:
    """The process runs."""
    return Status(status="ok")


@router.get(
    "/readyz",
    summary="Can it answer?",
    dependencies=[Depends(open_engine)],
    responses=problems(*OPENING, "bad_model", "index_unusable"),
)
async def readyz() -> Status:
    """The index is open and the model is warm."""
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
