"""``/products``: read, change and remove products, and questions that start from one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from api.dependencies import EngineDep, ProductDep, RequestIdDep, WatchDep, single_values
from api.documentation import (
    OPENING,
    PICTURES,
    PRODUCT_BODY,
    SEARCHING,
    UPLOADS,
    WRITING,
    answered_or,
    problems,
)
from api.routes.similar import answered, options
from api.schemas import Page, ProductAnswer, SimilarAnswer
from search.catalog.records import StoredProduct
from search.errors import BadParameter

router = APIRouter(prefix="/products", tags=["products"], dependencies=[Depends(single_values)])

# A path, because merchants' ids may contain slashes, which servers decode before routing.
ProductId = Annotated[str, Path(examples=["g01"])]


@router.get(
    "/{product_id:path}/similar",
    summary="Find look-alikes of a product",
    responses=answered_or(*SEARCHING),
)
def similar_to_product(
    engine: EngineDep,
    product_id: ProductId,
    page: Annotated[Page, Query()],
    request_id: RequestIdDep,
    watch: WatchDep,
) -> SimilarAnswer:
    """The same as `GET /similar?product_id=…`: the product itself comes first."""
    answer = engine.similar(product_id=product_id, request_id=request_id, **options(page))
    watch.note(page, answer, engine.manifest)
    return answered(answer)


@router.get(
    "/{product_id:path}",
    summary="Get a product",
    responses=problems(*OPENING, "product_not_found", "bad_parameter", "internal"),
)
def product(engine: EngineDep, product_id: ProductId, request_id: RequestIdDep) -> ProductAnswer:
    """What the catalog has of a product, its images, and the revision of its last change."""
    return _shown(engine.product(product_id), request_id)


@router.put(
    "/{product_id:path}",
    summary="Add or replace a product",
    responses=problems(*WRITING, "invalid_product", *PICTURES, *UPLOADS, "bad_json"),
    openapi_extra=PRODUCT_BODY,
)
def put_product(
    engine: EngineDep, product_id: ProductId, given: ProductDep, request_id: RequestIdDep
) -> ProductAnswer:
    """The body is one row of a catalog file as a JSON object, or as a form with pictures.

    `image` names http(s) URLs (or paths under the catalog's image root), joined by `|` or as a
    list; a form may bring pictures as `file`, several if need be. With neither, a product keeps
    the images that it has. Every other column is replaced. When the answer comes, the change is
    durable and searchable; every other server of the index shows it within two seconds. A later
    `indexer build` from a file that does not name the product removes it.
    """
    values, files = given
    return _shown(engine.upsert(_identified(values, product_id), files), request_id)


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
