"""Whether the server runs, whether it can answer, and from what."""

from dataclasses import asdict

from fastapi import APIRouter, Depends

from api.dependencies import EngineDep, open_engine
from api.documentation import OPENING, problems
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


@router.get("/index", summary="What does it serve?", responses=problems(*OPENING))
def index(engine: EngineDep) -> IndexInfo:
    """The version that answers, how much can be found now, later changes included, and its grade.

    The grade is what the version found out when it was built: it asked itself photos that it does
    not hold.
    """
    products, images = engine.counts()
    grade = VersionGrade.of(engine.grade)
    return IndexInfo(**asdict(engine.state), products=products, images=images, grade=grade)
