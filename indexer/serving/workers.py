"""The processes of a server that has several: all share a port, and one that dies is replaced."""

import logging
import os
import signal
from multiprocessing import resource_tracker

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

log = logging.getLogger(__name__)


class Workers(Multiprocess):
    """uvicorn's, which would also end a process that takes long to start, and wait for it."""

    def init_processes(self) -> None:
        """Start all of them."""
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Start those again that have died."""
        for place, process in enumerate(self.processes):
            if process.process.is_alive():
                continue
            process.join()
            if process.exitcode == STARTUP_FAILURE:  # the next one would fail, too
                self.should_exit.set()
                return
            log.warning("A process of the server has died; it is started again")
            os.environ["LOOKALIKE_WAIT_FOR_INDEX"] = "true"  # the others answer meanwhile
            self.processes[place] = self._started()

    def terminate_all(self) -> None:
        """Ask all of them to stop; the port is theirs alone, and free as soon as they leave it."""
        for one in self.sockets:
            one.close()
        super().terminate_all()

    def _started(self) -> Process:
        """What interrupts a terminal is not for those that are starting: this one ends them.

        ``api.app.create_worker`` has them hear it again.
        """
        process = Process(self.config, self.sockets)
        resource_tracker.ensure_running()  # which would undo the next line
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        return process
