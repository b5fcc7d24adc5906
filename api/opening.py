"""Opens the engine in the background, so that the server answers from its first moment."""

import logging
from threading import Thread

import numpy as np

from api.problems import RequestRefused
from api.settings import Settings
from search import SearchEngine
from search.errors import LookalikeError

log = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds that shutting down waits for an opening under way."""


class OpeningEngine:
    """The engine once it is open; until then, and if it cannot be, the reason why not."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._thread = Thread(target=self._open, name="open-index", daemon=True)
        self._engine: SearchEngine | None = None
        self._failure: tuple[str, str] | None = None  # the sentence and its code

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Close the engine if it was opened."""
        self._thread.join(_PATIENCE)
        if self._engine is not None:
            self._engine.close()

    def engine(self) -> SearchEngine:
        """Raises RequestRefused: ``index_loading``, or the code of what prevents the opening."""
        if self._engine is not None:
            return self._engine
        if self._failure is not None:
            raise RequestRefused(*self._failure)
        raise RequestRefused(
            "The index is being opened; ask again in a few seconds.", "index_loading"
        )

    def _open(self) -> None:
        try:
            self._engine = _warm_engine(self._settings)
        except LookalikeError as error:
            log.error("The index cannot be opened: %s", error)
            self._failure = str(error), error.code
        except Exception:
            log.exception("The index cannot be opened")
            sentence = "The index cannot be opened; the server's log says why."
            self._failure = sentence, "index_unusable"


def _warm_engine(settings: Settings) -> SearchEngine:
    """An engine whose first user waits no longer than the second one."""
    engine = SearchEngine.open(
        settings.index, model=settings.model, fetch_allow=settings.fetch_allow
    )
    engine.similar(np.zeros((8, 8, 3), np.uint8), k=1)
    return engine
