"""``/products``: read, change and remove products, and questions that start from one."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.admission import Admission, AdmittedRoute
from api.answering import answered
from api.bodies import PRODUCT_BODY
from api.dependencies import EngineDep, ProductDep, RequestIdDep, single_values
from api.documentation import (
    BUSY,
    OPENING,
    PICTURES,
    SEARCHING,
    UPLOADS,
    WRITING,
    answered_or,
    problems,
)
from api.parameters import query_of
from api.schemas import ListedProduct, Page, ProductAnswer, ProductList, SimilarAnswer
from search.answers import Answer
from search.catalog.records import StoredProduct
from search.errors import BadParameter
from search.querying.limits import DEEPEST, MOST_RESULTS

router = APIRouter(prefix="/products", tags=["products"], dependencies=[Depends(single_values)])

admitted = APIRouter(
    prefix="/products",
    tags=["products"],
    dependencies=[Depends(single_values)],
    route_class=AdmittedRoute,
)
"""What searches or embeds; to be included first, since a product's path may end in /similar."""

# A path, because merchants' ids may contain slashes, which servers decode before routing.
ProductId = Annotated[str, Path(examples=["g01"])]


@admitted.get(
    "/{product_id:path}/similar",
    summary="Find look-alikes of a product",
    response_model=SimilarAnswer,
    responses=answered_or(*SEARCHING),
    openapi_extra={"parameters": Page.documented()},
)
async def similar_to_product(
    request: Request, engine: EngineDep, product_id: ProductId
) -> Response:
    """The same as `GET /similar?product_id=…`: the product itself comes first."""
    page = Page.read(query_of(request))

    def search(asked: Mapping[str, Any]) -> Answer:
        return engine.similar(product_id=product_id, **asked)

    return await answered(request, page, search)


@admitted.put(
    "/{product_id:path}",
    summary="Add or replace a product",
    responses=problems(*WRITING, *BUSY, "invalid_product", *PICTURES, *UPLOADS, "bad_json"),
    openapi_extra=PRODUCT_BODY,
)
async def put_product(
    request: Request,
    engine: EngineDep,
    product_id: ProductId,
    given: ProductDep,
    request_id: RequestIdDep,
) -> ProductAnswer:
    """The body is one row of a catalog file as a JSON object, or as a form with pictures.

    `image` names http(s) URLs (or paths under the catalog's image root), joined by `|` or as a
    list; a form may bring pictures as `file`, several if need be. With neither, a product keeps
    the images that it has. Every other column is replaced. When the answer comes, the change is
    durable and searchable; every other server of the index shows it within two seconds. A later
    `indexer build` from a file that does not name the product removes it.
    """
    values, files = given
    row = _identified(values, product_id)
    admission: Admission = request.app.state.admission
    stored = await admission.work(request, lambda _: engine.upsert(row, files), is_change=True)
    return _shown(stored, request_id)


@router.get("", summary="List products", responses=problems(*OPENING, "bad_parameter"))
def list_products(
    engine: EngineDep,
    request_id: RequestIdDep,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 10,
    offset: Annotated[int, Query(ge=0, le=DEEPEST)] = 0,
    order: Literal["id", "mixed"] = "id",
) -> ProductList:
    """Products that can be found, each with its first image: in the order of their ids, or mixed,
    which shows something of everything first and is the same at each call.

    The offset of the next page is the `next_offset` of the one before.
    """
    if order == "mixed":
        images, after = engine.mixed_products(k, offset)
    else:
        images, after = engine.products(k, offset), offset + k
        after = after if len(images) == k else -1
    found = [ListedProduct.of(image) for image in images]
    return ProductList(found, after if 0 < after <= DEEPEST else None, request_id)


@router.get(
    "/{product_id:path}",
    summary="Get a product",
    responses=problems(*OPENING, "product_not_found", "bad_parameter", "internal"),
)
def product(engine: EngineDep, product_id: ProductId, request_id: RequestIdDep) -> ProductAnswer:
    """What the catalog has of a product, its images, and the revision of its last change."""
    return _shown(engine.product(product_id), request_id)


@router.delete(
    "/{product_id:path}",
    summary="Remove a product",
    status_code=204,
    responses=problems(*WRITING, "product_not_found"),
)
def delete_product(engine: EngineDep, product_id: ProductId) -> None:
    """No later answer of this server shows it, nor one of any other after two seconds."""
    engine.delete(product_id)


def _identified(values: dict[str, Any], product_id: str) -> dict[str, Any]:
    if values.get("product_id", product_id) != product_id:
        raise BadParameter(
            f"product_id is '{str(values['product_id'])[:80]}' in the body and another one in the "
            "address; leave it out of the body."
        )
    return {**values, "product_id": product_id}


def _shown(found: StoredProduct, request_id: str) -> ProductAnswer:
    return ProductAnswer(found.product, found.images, found.revision, request_id)
