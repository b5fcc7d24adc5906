"""What requests may carry, for the OpenAPI page."""

from typing import Any

from api.examples import ANSWER
from api.schemas import FeedbackGiven

_FILE: dict[str, Any] = {
    "type": "string",
    "format": "binary",
    "description": "the picture: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF",
}


def _body(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": one} for kind, one in schemas.items()}}}


UPLOAD_FORM = _body({"multipart/form-data": {"type": "object", "properties": {"file": _FILE}}})

PRODUCT_BODY = _body(
    {
        "application/json": {
            "type": "object",
            "additionalProperties": True,
            "example": {
                "image": ["https://shop.example/g99.jpg"],
                "title": "Pink Lady",
                "category": "Fruit > Apple",
                "price": 3.4,
                "color": "red",
            },
        },
        "multipart/form-data": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "properties": {"file": {"type": "array", "items": _FILE}},
        },
    }
)


FEEDBACK_BODY = _body({"application/json": FeedbackGiven.model_json_schema()})
FEEDBACK_BODY["requestBody"]["content"]["application/json"]["examples"] = {
    "verdict": {
        "value": {"request_id": ANSWER["request_id"], "product_id": "g01", "verdict": "same"}
    },
    "category": {"value": {"request_id": ANSWER["request_id"], "category": "Fruit > Apple"}},
}
