"""How a search becomes a response: admitted, in a thread, and written as JSON there."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from fastapi import Request, Response
from pydantic import TypeAdapter

from api.admission import Admission, Ticket
from api.keeper import EngineKeeper
from api.metrics import Metrics
from api.schemas import Page, SimilarAnswer, link_to
from api.watching.watch import Watch
from search.answers import Answer, Result

_JSON = TypeAdapter(SimilarAnswer)

_PARTS = tuple(one.name for one in fields(Answer))

_ASKED = tuple(Page.model_fields)
"""What the engine takes of the parameters, besides where the picture is."""


async def answered(
    request: Request, page: Page, search: Callable[[Mapping[str, Any]], Answer]
) -> Response:
    """The JSON of what ``search`` finds, given what every search takes; noted and counted."""
    state = request.app.state
    admission: Admission = state.admission
    keeper: EngineKeeper = state.keeper
    metrics: Metrics = state.metrics
    watch: Watch = state.watch
    asked = {name: getattr(page, name) for name in _ASKED}
    asked["request_id"] = request.state.request_id

    def answer(ticket: Ticket) -> Response:
        ticket.begin(None)
        found = search(asked | {"waiter": ticket})
        ticket.begin("write")
        metrics.queries.inc()
        watch.note(page, found, keeper.engine().manifest)
        return Response(_JSON.dump_json(_linked(found)), media_type="application/json")

    return await admission.work(request, answer)


def _linked(answer: Answer) -> SimilarAnswer:
    """The engine's answer as HTTP gives it."""
    given = {name: getattr(answer, name) for name in _PARTS}
    return SimilarAnswer(**given | {"results": [_with_link(one) for one in answer.results]})


def _with_link(result: Result) -> Result:
    return replace(result, image=link_to(result.image_id, result.image))
