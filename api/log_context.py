"""Which request a line of the log belongs to, whichever code and thread writes it."""

import logging
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is answered here."""


class WithRequest(logging.Filter):
    """Gives each record its ``request_id``, for the formatter; ``indexer serve`` names it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never leaves a record out."""
        found = request_id.get()
        if found is not None:
            record.request_id = found
        return True
