"""``/feedback``: what people say of answers."""

from fastapi import APIRouter, Depends

from api.bodies import FEEDBACK_BODY
from api.dependencies import EngineDep, FeedbackDep, single_values
from api.documentation import WRITING, created, problems
from api.examples import FEEDBACK
from search.feedback.records import Feedback

router = APIRouter(prefix="/feedback", tags=["feedback"], dependencies=[Depends(single_values)])


@router.post(
    "",
    summary="Judge an answer",
    status_code=201,
    responses=created(FEEDBACK)
    | problems(
        *WRITING,
        "unknown_parameter",
        "answer_forgotten",
        "product_not_found",
        "not_a_result",
        "unknown_category",
        "upload_too_large",
        "unsupported_media_type",
        "bad_json",
    ),
    openapi_extra=FEEDBACK_BODY,
)
def give_feedback(engine: EngineDep, given: FeedbackDep) -> Feedback:
    """A `verdict` of a result (`product_id`), or the `category` that the query shows.

    `request_id` is that of the answer, which this server gave within the last hour. When the
    feedback is answered it is durable, with the features of the query and without its picture.
    The same said again replaces what was said before.
    """
    return engine.feedback(
        given.request_id,
        product_id=given.product_id,
        verdict=given.verdict,
        category=given.category,
    )
