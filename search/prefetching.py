"""Making the next thing while one is used."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def prefetched(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order, each made by a thread while the one before is used."""
    end: Any = object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item


def done_ahead(
    work: Callable[[Item], Made], items: Iterable[Item], threads: int, ahead: int
) -> Iterator[Made]:
    """``work`` of each item, in their order, by ``threads`` that are at most ``ahead`` items ahead.

    What was begun and is not wanted any more is cancelled.
    """
    workers = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    coming: deque[Future[Made]] = deque()
    try:
        for item in items:
            coming.append(workers.submit(work, item))
            if len(coming) >= ahead:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        workers.shutdown(cancel_futures=True)
