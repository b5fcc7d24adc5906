"""Examples of answers for the OpenAPI page."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]

ANSWER: dict[str, Any] = {
    "query": {
        "image_id": None,
        "size": [348, 348],
        "box": [0, 0, 348, 348],
        "product_id": "g01",
        "colors": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
        "objects": [],
    },
    "categories": [{"path": "Fruit > Apple", "p": 0.93}, {"path": "Fruit > Pear", "p": 0.05}],
    "category": [{"path": "Fruit", "p": 0.99}, {"path": "Fruit > Apple", "p": 0.94}],
    "category_status": "ok",
    "attributes": {"color": [{"value": "red", "p": 0.8}, {"value": "green", "p": 0.15}]},
    "results": [
        {
            "product_id": "g01",
            "score": 1.0,
            "image_id": 17,
            "image": "/images/17",
            "product": {
                "product_id": "g01",
                "title": "Royal Gala",
                "description": "A sweet red apple.",
                "category": "Fruit > Apple",
                "brand": "Ember",
                "price": 3.2,
                "currency": "EUR",
                "in_stock": True,
                "url": "https://shop.example/g01",
                "attributes": {"color": "red"},
            },
            "p_same": 0.98,
            "match": "same",
            "colors": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
        }
    ],
    "facets": {},
    "index": {
        "version": 4,
        "revision": 1812,
        "model": "efficientnet_lite0+whitened",
        "built_at": "2026-01-31T12:00:00+00:00",
    },
    "took_ms": {"fetch": 0.0, "embed": 0.3, "search": 0.4, "total": 0.7},
    "request_id": "8d6f2f0c4a7e4be59d8e2f6f0f1c9a3b",
}

_GRID = [[0.05, 0.11], [0.31, 0.34]]

EXPLANATION: Responses = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    "score": 0.83,
                    "method": "pooled",
                    "query": {
                        "image_id": "q8w1cS0mJt6bX5dKZlYF2A",
                        "box": [0, 0, 348, 348],
                        "width": 348,
                        "height": 348,
                        "grid": _GRID,
                        "rest": 0.02,
                        "reason": None,
                    },
                    "result": {
                        "image_id": "17",
                        "box": [0, 0, 400, 300],
                        "width": 400,
                        "height": 300,
                        "grid": _GRID,
                        "rest": 0.02,
                        "reason": None,
                    },
                    "shared": {"category": "Fruit > Apple", "attributes": {"color": "red"}},
                    "color": {
                        "query": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
                        "result": [{"name": "red", "hex": "#b52a20", "share": 0.97}],
                        "difference": 0.03,
                    },
                    "next": {
                        "product_id": "g07",
                        "score": 0.79,
                        "margin": 0.04,
                        "differs": {"price": {"result": 3.2, "next": 2.9}},
                    },
                }
            }
        }
    }
}

INDEX: Responses = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    **ANSWER["index"],
                    "products": 300,
                    "images": 840,
                    "drift": {
                        "window": 1000,
                        "scores": {
                            "psi": 0.45,
                            "chance": 0.09,
                            "shifted": True,
                            "edges": [0.41, 0.47, 0.52, 0.56, 0.6, 0.64, 0.69, 0.75, 0.82],
                            "recent": [0.3, 0.16, 0.12, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03],
                            "expected": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
                        },
                        "categories": {
                            "psi": 0.01,
                            "chance": 0.03,
                            "shifted": False,
                            "recent": {"Fruit > Apple": 0.61, "Fruit > Pear": 0.39},
                            "expected": {"Fruit > Apple": 0.55, "Fruit > Pear": 0.45},
                        },
                        "shifted": True,
                        "since": "2026-02-03T08:15:00+00:00",
                    },
                    "drift_reason": None,
                }
            }
        }
    }
}

METRICS: Responses = {
    200: {
        "description": "Prometheus' text format.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "lookalike_queries_total 1204.0\nlookalike_drift_score_psi 0.45\n"
                "lookalike_drift_category_psi 0.01\nlookalike_drift_window_queries 1000.0\n"
                "lookalike_drift_warning 1.0\nlookalike_index_version 4.0\n"
                "lookalike_queue_depth 3.0\n"
                'lookalike_refused_requests_total{code="overloaded"} 12.0\n',
            }
        },
    }
}

FEEDBACK: dict[str, Any] = {
    "feedback_id": 12,
    "given_at": "2026-01-31T12:05:00.000+00:00",
    "request_id": ANSWER["request_id"],
    "product_id": "g01",
    "verdict": "same",
    "category": None,
    "score": 0.83,
    "version": 4,
    "asked": None,
}
