"""The HTTP side: ``uvicorn api.app:create_app --factory`` serves an index."""
