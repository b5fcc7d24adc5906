"""Ends the server without ending what it has accepted, and within a time."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from functools import partial
from threading import Timer, current_thread, main_thread
from types import FrameType

from api.settings import Settings

log = logging.getLogger(__name__)

Handler = Callable[[int, FrameType | None], object]


class Stopping:
    """What follows a SIGTERM: not ready at once, no new connection after a while, then the end.

    The web server itself stops listening, answers what it has accepted and leaves; here it is told
    so after ``drain`` seconds, in which load balancers may notice, and cut short where it takes
    more than ``shutdown`` seconds after that.
    """

    def __init__(self, settings: Settings) -> None:
        self._drain = settings.drain
        self._most = settings.drain + settings.shutdown
        self.is_asked = False

    def listen(self) -> None:
        """Come before the web server's own handler; to be called in its loop, once it runs.

        Only the main thread hears signals: elsewhere nothing is done.
        """
        stop = signal.getsignal(signal.SIGTERM)
        if current_thread() is main_thread() and callable(stop):
            loop = asyncio.get_running_loop()
            signal.signal(signal.SIGTERM, partial(self._asked, loop, stop))

    def _asked(
        self,
        loop: asyncio.AbstractEventLoop,
        stop: Handler,
        number: int,
        frame: FrameType | None,
    ) -> None:
        if self.is_asked:
            return  # systemd asks each process, and then its parent asks again
        self.is_asked = True
        limit = Timer(self._most, self._give_up)
        limit.daemon = True
        limit.start()
        if self._drain:
            loop.call_soon_threadsafe(loop.call_later, self._drain, stop, number, None)
        else:
            stop(number, frame)

    def _give_up(self) -> None:
        log.error(
            "Not everything was answered within %g seconds of being asked to stop; the rest is "
            "dropped (LOOKALIKE_SHUTDOWN)",
            self._most,
        )
        os._exit(1)
