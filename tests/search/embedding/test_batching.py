"""Pictures of concurrent queries are embedded together, and none of them notices."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition

import numpy as np
import pytest
from PIL import Image

from search import load_embedder
from search.arrays import Floats, Pixels
from search.embedding.batching import Batches
from search.waiting import PATIENT, Patient

PATIENCE = 20.0


class Gated:
    """A runtime that computes a picture's mean, when it is let; it fails at a picture of 13."""

    name = "gated"
    block = 4

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._allowed = 0
        self._changed = Condition()

    def features(self, pixels: Pixels) -> Floats:
        means = pixels.mean(axis=(1, 2, 3))
        with self._changed:
            self.batches.append(means.astype(int).tolist())
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._allowed > 0, PATIENCE)
            self._allowed -= 1
        if 13 in means:
            raise RuntimeError("the device is unlucky")
        return np.asarray(means[:, None], np.float32)

    def allow(self, count: int) -> None:
        with self._changed:
            self._allowed += count
            self._changed.notify_all()

    def wait_for_batches(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.batches) >= count, PATIENCE)


class Leaver(Patient):
    """Somebody who may leave."""

    def __init__(self) -> None:
        self.has_left = False
        self.batches: list[int] = []

    def check(self) -> None:
        if self.has_left:
            raise TimeoutError("nobody waits")

    def embedded(self, together: int) -> None:
        self.batches.append(together)


@pytest.fixture
def runtime() -> Gated:
    return Gated()


@pytest.fixture
def batches(runtime: Gated) -> Batches[Floats]:
    return Batches(lambda pixels: list(runtime.features(pixels)[:, None]), runtime.block)


Ask = Callable[..., Future[Floats]]


@pytest.fixture
def ask(batches: Batches[Floats]) -> Iterator[Ask]:
    """``ask(7)``: the features of a picture of sevens, from another thread that waits by now."""
    with ThreadPoolExecutor(16) as threads:

        def submit(value: int, waiter: Leaver | None = None) -> Future[Floats]:
            before = len(batches._waiting)
            was_busy = batches._is_busy
            pixels = np.full((2, 2, 3), value, np.uint8)
            asked = threads.submit(batches.found, pixels, waiter or PATIENT)
            while was_busy and len(batches._waiting) == before:
                pass
            return asked

        yield submit


def test_what_comes_while_the_device_works_is_the_next_batch(runtime: Gated, ask: Ask) -> None:
    noted = Leaver()
    first = ask(1)
    runtime.wait_for_batches(1)  # a lone picture waited for nobody
    others = [ask(value, noted) for value in (2, 3, 4)]
    runtime.allow(2)
    assert [one.result(PATIENCE).tolist() for one in (first, *others)] == [
        [[1.0]],
        [[2.0]],
        [[3.0]],
        [[4.0]],
    ]
    assert runtime.batches == [[1], [2, 3, 4]]
    assert noted.batches == [3]


def test_no_batch_is_larger_than_the_runtimes_block(runtime: Gated, ask: Ask) -> None:
    first = ask(0)
    runtime.wait_for_batches(1)
    others = [ask(value) for value in range(1, 10)]
    runtime.allow(99)
    assert [float(one.result(PATIENCE)[0, 0]) for one in (first, *others)] == list(range(10))
    assert [len(batch) for batch in runtime.batches] == [1, 4, 4, 1]


def test_a_batch_that_fails_fails_alone(runtime: Gated, ask: Ask) -> None:
    first = ask(1)
    runtime.wait_for_batches(1)
    unlucky = [ask(value) for value in (2, 13, 4, 5)]
    lucky = [ask(value) for value in (6, 7)]
    runtime.allow(99)
    for one in unlucky:
        with pytest.raises(RuntimeError, match="unlucky"):
            one.result(PATIENCE)
    assert [float(one.result(PATIENCE)[0, 0]) for one in (first, *lucky)] == [1, 6, 7]


def test_a_picture_that_nobody_waits_for_is_not_embedded(runtime: Gated, ask: Ask) -> None:
    gone = Leaver()
    first = ask(1)
    runtime.wait_for_batches(1)
    dropped, kept = ask(2, gone), ask(3)
    gone.has_left = True
    runtime.allow(99)
    with pytest.raises(TimeoutError, match="nobody waits"):
        dropped.result(PATIENCE)
    assert first.result(PATIENCE) == 1
    assert kept.result(PATIENCE) == 3
    assert runtime.batches == [[1], [3]]


def test_a_batch_of_which_everybody_left_is_none(runtime: Gated, ask: Ask) -> None:
    gone = Leaver()
    first = ask(1)
    runtime.wait_for_batches(1)
    dropped = [ask(value, gone) for value in (2, 3)]
    gone.has_left = True
    runtime.allow(99)
    for one in dropped:
        with pytest.raises(TimeoutError):
            one.result(PATIENCE)
    assert first.result(PATIENCE) == 1
    assert ask(4).result(PATIENCE) == 4
    assert runtime.batches == [[1], [4]]


def test_a_picture_has_the_same_vector_in_any_company(draw: Callable[..., Image.Image]) -> None:
    embedder = load_embedder()
    pixels = [embedder.prepare(draw(seed)) for seed in range(24)]
    alone = np.concatenate([embedder.features(one[None]) for one in pixels])

    def seen(one: Pixels) -> Floats:
        return embedder.look(one).features

    with ThreadPoolExecutor(24) as threads:
        together = np.concatenate(list(threads.map(seen, pixels)))
    cosines = (embedder.head.apply(alone) * embedder.head.apply(together)).sum(axis=1)
    assert cosines.min() >= 1 - 1e-3
