"""``/explain``: why a result is like the query."""

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from api.admission import Admission, AdmittedRoute, Ticket
from api.dependencies import open_engine
from api.documentation import EXPLAINING, PICTURES, problems
from api.examples import EXPLANATION, Responses
from api.parameters import query_of
from api.questions import ask
from api.schemas import ExplainQuery, OverlayQuery
from search.explaining import Explanation
from search.explaining.journey import Explained

router = APIRouter(tags=["similar"], route_class=AdmittedRoute)

_JSON = TypeAdapter(Explanation)

_PRIVATE = {"Cache-Control": "private, max-age=600"}

_PNG: Responses = {200: {"description": "A PNG.", "content": {"image/png": {}}}}


@router.get(
    "/explain",
    summary="Explain a result",
    response_model=Explanation,
    responses=EXPLANATION | problems(*EXPLAINING, *PICTURES),
    openapi_extra={"parameters": ExplainQuery.documented()},
)
async def explain(request: Request) -> Response:
    """Which parts of the query and of a `result` carry the similarity, what both have in common,
    how far their colours are apart, and what separates the result from the next one.

    The question is that of `GET /similar`; give the answer's `query.box` as `box` for the same
    score.
    """
    return await _answered(request, ExplainQuery.read(query_of(request)))


@router.get(
    "/explain/overlay",
    summary="Draw what explains a result",
    response_class=Response,
    responses=_PNG | problems(*EXPLAINING, *PICTURES),
    openapi_extra={"parameters": OverlayQuery.documented()},
)
async def overlay(request: Request) -> Response:
    """The picture of one `side`, at most 640 pixels wide or high, with its heat map over it."""
    return await _answered(request, OverlayQuery.read(query_of(request)))


async def _answered(request: Request, query: ExplainQuery) -> Response:
    engine = await open_engine(request)
    admission: Admission = request.app.state.admission

    def answer(ticket: Ticket) -> Response:
        ticket.begin(None)
        more = {"result": query.result, "filter": query.filter, "waiter": ticket}
        found: Explained = ask(engine, query, None, engine.explain, **more)
        ticket.begin("write")
        if isinstance(query, OverlayQuery):
            return Response(found.overlay(query.side), headers=_PRIVATE, media_type="image/png")
        return Response(_JSON.dump_json(found), headers=_PRIVATE, media_type="application/json")

    return await admission.work(request, answer)
