"""No more work than the machine can do: a bounded number at work, a bounded queue, and a deadline.

What is refused costs next to nothing. What nobody waits for any more is not begun, and what was
begun ends where its next step would begin.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from api.metrics import Metrics
from api.problems import RequestRefused
from api.settings import Settings
from api.stages import Stage, Stages
from search.waiting import Cache

_UNSEEN = 0.02
"""Seconds before it is watched whether a client leaves: most are answered by then."""

Done = TypeVar("Done")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Ticket:
    """Somebody who was let in and waits for an answer."""

    def __init__(self, limit: asyncio.Timeout, metrics: Metrics, stages: Stages) -> None:
        self._limit = limit
        self._metrics = metrics
        self._stages = stages
        self.waits = True
        self.has_left = False
        self._is_kept = False
        self._watching: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Raises ClientDisconnect when nobody waits any more."""
        if not self.waits:
            raise ClientDisconnect

    def begin(self, stage: Stage | None) -> None:
        """Note that the stage before has ended; raises as ``check`` does."""
        self.check()
        self._stages.begin(stage)

    def end(self) -> None:
        """Nobody waits any more."""
        self.waits = False
        self._stages.begin(None)

    def embedded(self, together: int) -> None:
        """Note the size of a batch."""
        self._metrics.batches.observe(together)

    def looked_up(self, cache: Cache, was_there: bool) -> None:
        """Note whether something was kept."""
        self._metrics.add_lookup(cache, was_there)

    def keep(self) -> None:
        """From now on neither a deadline nor the client's leaving ends the work."""
        self._limit.reschedule(None)
        self._is_kept = True

    def watch(self, request: Request) -> None:
        """Give up as soon as the client leaves; the body must have been read."""
        self._watching = asyncio.create_task(self._watch(request))

    def stop_watching(self) -> None:
        """Whether the client leaves does not matter any more."""
        if self._watching:
            self._watching.cancel()

    async def _watch(self, request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if not self._is_kept:
            self.has_left = True
            self._limit.reschedule(asyncio.get_running_loop().time())


class Admission:
    """Whom one server process lets in, and when it works for whom."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._room = settings.concurrency + settings.queue
        self._inside = 0
        self._seconds = settings.deadline
        self._free = asyncio.Semaphore(settings.concurrency)
        self._threads = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="request")

    def close(self) -> None:
        """Wait for what is at work."""
        self._threads.shutdown()

    async def let_in(self, request: Request, handler: Handler) -> Response:
        """What the handler answers; RequestRefused: ``overloaded`` or ``deadline_passed``."""
        with self._place():
            try:
                async with asyncio.timeout(self._seconds) as limit:
                    stages = Stages("receive", *request.state.stage_notes)
                    ticket = request.state.ticket = Ticket(limit, self._metrics, stages)
                    try:
                        return await handler(request)
                    finally:
                        ticket.end()
            except TimeoutError:
                if not limit.expired():
                    raise
                if ticket.has_left:
                    raise ClientDisconnect from None
                raise RequestRefused(self._too_late(), "deadline_passed") from None

    async def work(
        self, request: Request, answer: Callable[[Ticket], Done], *, is_change: bool = False
    ) -> Done:
        """What ``answer`` gives, called in a thread of its own when it is its turn.

        A change that was begun is done, and answered however long it takes.
        """
        ticket: Ticket = request.state.ticket
        loop = asyncio.get_running_loop()
        watching = loop.call_later(_UNSEEN, ticket.watch, request)
        try:
            ticket.begin("queue")
            await self._turn()
            if is_change:
                ticket.begin("change")
                ticket.keep()
            working = loop.run_in_executor(self._threads, copy_context().run, answer, ticket)
            self._metrics.at_work.inc()
            working.add_done_callback(self._ended)
            return await asyncio.shield(working)  # a thread has its place until it ends
        finally:
            watching.cancel()
            ticket.stop_watching()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._inside >= self._room:
            sentence = f"{self._inside} requests wait already, the most that this server lets in; "
            raise RequestRefused(sentence + "ask again in a few seconds.", "overloaded")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def _turn(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        with self._metrics.queue.track_inprogress():
            await self._free.acquire()

    def _ended(self, working: "asyncio.Future[Any]") -> None:
        self._free.release()
        self._metrics.at_work.dec()
        if not working.cancelled():
            working.exception()  # of work that nobody waits for, too, or asyncio would complain

    def _too_late(self) -> str:
        return (
            f"No answer was ready within {self._seconds:g} seconds, so the work was dropped; ask "
            "again in a few seconds."
        )


class AdmittedRoute(APIRoute):
    """A route whose requests must be let in: before their bodies are read, or anything is done."""

    def get_route_handler(self) -> Handler:
        """Called once for each route."""
        handler = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            admission: Admission = request.app.state.admission
            return await admission.let_in(request, handler)

        return admitted
