"""Time, memory and cores of this process and of the servers beside it."""

import os
from collections.abc import Iterable

import psutil


def cpu_seconds(servers: Iterable[int] = ()) -> float:
    """User and system time so far, that of children that have ended included."""
    times = [process.cpu_times() for process in _processes(servers)]
    roots = [psutil.Process(pid).cpu_times() for pid in {os.getpid(), *servers}]
    ended = sum(root.children_user + root.children_system for root in roots)
    return float(ended + sum(one.user + one.system for one in times))


def memory(servers: Iterable[int] = ()) -> int:
    """Bytes that are resident; what processes share is counted once (PSS)."""
    return sum(int(process.memory_full_info().pss) for process in _processes(servers))


def pin(cores: Iterable[int], servers: Iterable[int] = ()) -> None:
    """Let every thread that there is, here and in the servers, run on these cores only."""
    wanted = set(cores)
    for process in _processes(servers):
        for thread in process.threads():
            try:
                os.sched_setaffinity(thread.id, wanted)
            except ProcessLookupError:
                continue  # it has ended meanwhile


def _processes(servers: Iterable[int]) -> list[psutil.Process]:
    """This process, its children, the servers and theirs, each once."""
    roots = [psutil.Process(pid) for pid in {os.getpid(), *servers}]
    both = {*roots, *(child for root in roots for child in root.children(recursive=True))}
    return [process for process in both if process.status() != psutil.STATUS_ZOMBIE]
