"""Whether an answer can be given now."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from api.keeper import EngineKeeper
from api.problems import KINDS, RequestRefused
from api.stopping import Stopping

_PROMPT = 1.0
"""Seconds within which the catalog must answer to be there."""


class Readiness:
    """Asks the catalog itself each time, and never twice at once: one that hangs is asked once."""

    def __init__(self, keeper: EngineKeeper, stopping: Stopping) -> None:
        self._keeper = keeper
        self._stopping = stopping
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="readiness")
        self._look: Future[None] | None = None

    async def check(self) -> None:
        """Raises RequestRefused: ``stopping``, ``catalog_unavailable``, or why there is no engine.

        The model of an engine that is open is warm.
        """
        if self._stopping.is_asked:
            raise _refusal("stopping")
        engine = self._keeper.engine()
        if self._look is None or self._look.done():
            self._look = self._threads.submit(engine.check)
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._look)), _PROMPT)
        except (TimeoutError, SQLAlchemyError) as error:
            raise _refusal("catalog_unavailable") from error

    def close(self) -> None:
        """Does not wait for a catalog that hangs."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _refusal(code: str) -> RequestRefused:
    return RequestRefused(KINDS[code].example, code)
