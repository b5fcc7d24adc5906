"""``/products``: questions that start from a product."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.dependencies import EngineDep, RequestIdDep, single_values
from api.documentation import SEARCHING, answered_or
from api.routes.similar import answered
from api.schemas import Page, SimilarAnswer

router = APIRouter(prefix="/products", tags=["similar"], dependencies=[Depends(single_values)])


# A path, because merchants' ids may contain slashes, which servers decode before routing.
@router.get(
    "/{product_id:path}/similar",
    summary="Find look-alikes of a product",
    responses=answered_or(*SEARCHING),
)
def similar_to_product(
    engine: EngineDep,
    product_id: Annotated[str, Path(examples=["g01"])],
    page: Annotated[Page, Query()],
    request_id: RequestIdDep,
) -> SimilarAnswer:
    """The same as `GET /similar?product_id=…`: the product itself comes first."""
    return answered(engine.similar(product_id=product_id, k=page.k), request_id)
