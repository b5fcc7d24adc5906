"""Opens the engine in the background and keeps it up to date, while the server answers."""

import logging
from threading import Event, Thread

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from api.problems import NO_CATALOG, RequestRefused
from api.settings import Settings
from search import SearchEngine
from search.catalog.same_file import CatalogReplaced
from search.errors import LookalikeError
from search.peers import Peers
from search.threads import use_threads

log = logging.getLogger(__name__)

_EVERY = 0.5
"""Seconds between two looks at what changed."""

_OPENING = 60.0
"""Seconds that a process waits for its index before it takes connections all the same."""

_PATIENCE = 10.0
"""Seconds that shutting down waits for an opening under way."""


class EngineKeeper:
    """The engine once it is open; until then, and if it cannot be, the reason why not."""

    def __init__(self, settings: Settings, peers: Peers | None = None) -> None:
        self._settings = settings
        self._peers = peers
        self._thread = Thread(target=self._keep, name="keep-engine", daemon=True)
        self._closed = Event()
        self._opened = Event()
        self._engine: SearchEngine | None = None
        self._failure: tuple[str, str] | None = None  # the sentence and its code

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def wait(self) -> None:
        """Until the index is open, but a minute at most."""
        self._opened.wait(_OPENING)

    def close(self) -> None:
        """Close the engine if it was opened."""
        self._closed.set()
        self._thread.join(_PATIENCE)
        if self._engine is not None:
            self._engine.close()

    @property
    def follows(self) -> bool:
        """Whether the engine is open and has heard of every change until just now."""
        return self._engine is not None and self._failure is None

    def engine(self) -> SearchEngine:
        """Raises RequestRefused: ``index_loading``, or the code of what prevents the opening."""
        if self._engine is not None:
            return self._engine
        if self._failure is not None:
            raise RequestRefused(*self._failure)
        raise RequestRefused(
            "The index is being opened; ask again in a few seconds.", "index_loading"
        )

    def _keep(self) -> None:
        while not self._closed.is_set():
            before = self._failure
            try:
                self._open_or_refresh()
                self._failure = None
            except CatalogReplaced as error:
                log.warning("The index is opened again: %s", error)
                self._forget()
            except SQLAlchemyError as error:
                self._failure = NO_CATALOG, "catalog_unavailable"
                if before != self._failure:
                    log.error("%s: %s", self._trouble(), error)
            except LookalikeError as error:
                self._failure = str(error), error.code
                if before != self._failure:  # once, not twice a second
                    log.error("%s: %s", self._trouble(), error)
            except Exception:
                sentence = "The index cannot be opened; the server's log says why."
                self._failure = sentence, "index_unusable"
                if before != self._failure:
                    log.exception(self._trouble())
            self._closed.wait(_EVERY)

    def _forget(self) -> None:
        """What was read of one catalog does not fit another."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def _trouble(self) -> str:
        if self._engine is None:
            return "The index cannot be opened"
        return (
            f"Changes of the index cannot be followed, version {self._engine.state.version} stays"
        )

    def _open_or_refresh(self) -> None:
        if self._engine is None:
            self._engine = _warm_engine(self._settings, self._peers)
            self._opened.set()
            return
        before = self._engine.state.version
        self._engine.refresh()
        if self._engine.state.version != before:
            log.info("Version %d is served now", self._engine.state.version)


def _warm_engine(settings: Settings, peers: Peers | None) -> SearchEngine:
    """An engine whose first user waits no longer than the second one."""
    use_threads(settings.threads)
    engine = SearchEngine.open(
        settings.index,
        model=settings.model,
        fetch_allow=settings.fetch_allow,
        peers=peers,
        with_model=True,
        catalog=settings.backends.catalog,
        vectors=settings.backends.vectors,
    )
    engine.similar(np.zeros((8, 8, 3), np.uint8), k=1)
    return engine
