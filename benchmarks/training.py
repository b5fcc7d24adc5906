"""What limits training: the step, or reading and augmenting pictures?

    python benchmarks/training.py CATALOG [--base SPEC] [--steps 8] [--rounds 3] [--give-back]

Measures, in alternating order, the training step alone on pictures that are there (in float32, in
bfloat16, and in bfloat16 with depthwise convolutions in float32, which is what training uses), the
pictures alone, and both together as a run does it. With ``--give-back`` memory that was freed goes
back to the system, as in other programs: run it in turn with and without. Prints one JSON object,
in pictures a second.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from itertools import chain, repeat
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from rich.console import Console

from indexer.memory import keep_freed_memory
from indexer.progress import Steps
from indexer.training.loading import loaders
from indexer.training.module import Training
from indexer.training.network import keep_depthwise_exact
from indexer.training.preparing import Prepared, prepare
from indexer.training.recipe import Recipe

_AHEAD = 5
"""Batches that may be ready before they are asked for."""


def main() -> None:
    """Prepare once, then measure each way over and over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--base", default="efficientnet_lite0")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--give-back", action="store_true")
    arguments = parser.parse_args()
    if not arguments.give_back:
        keep_freed_memory()
    recipe = Recipe(base=arguments.base, holdout=0)
    with tempfile.TemporaryDirectory() as work, Steps(Console(quiet=True)) as steps:
        ready = {
            name: prepare(arguments.catalog, Path(work), recipe, (), steps)
            for name in ("float32", "bfloat16", "exact depthwise")
        }
        keep_depthwise_exact(ready["exact depthwise"].training.network)
        print(json.dumps(_measure(ready, recipe, arguments.steps, arguments.rounds)))


def _measure(
    ready: dict[str, Prepared], recipe: Recipe, steps: int, rounds: int
) -> dict[str, float]:
    prepared = ready["exact depthwise"]
    learning = loaders(prepared.examples, prepared.shown, recipe)[0]
    batches = chain.from_iterable(repeat(learning))
    batch = next(batches)
    ways: dict[str, Callable[[], Any]] = {
        f"step, {name}": _step(one.training, name != "float32", lambda: batch)
        for name, one in ready.items()
    }
    ways["pictures"] = lambda: next(batches)
    ways["run"] = _step(prepared.training, True, lambda: next(batches))
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name in list(ways) if turn % 2 else list(reversed(ways)):
            if name == "pictures":  # those that were prepared meanwhile took no time
                for _ in range(_AHEAD):
                    next(batches)
            start = perf_counter()
            for _ in range(steps):
                ways[name]()
            if turn:  # the first warms up
                rates[name].append(steps * recipe.batch / (perf_counter() - start))
    return {name: round(median(found), 1) for name, found in rates.items()}


def _step(training: Training, bfloat16: bool, pictures: Callable[[], Any]) -> Callable[[], None]:
    """One step of gradient descent."""
    training.to(memory_format=torch.channels_last)
    training.train()
    optimizer = torch.optim.AdamW([p for p in training.parameters() if p.requires_grad], 1e-4)

    def step() -> None:
        images, index, _ = pictures()
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16) if bfloat16 else nullcontext():
            features, vectors = training(images)
        loss = training.loss(features, vectors, index)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()

    return step


if __name__ == "__main__":
    main()
