"""Calls in a fresh process, so that engines share neither memory, threads nor a crash."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def apart(call: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """What ``call`` returns or raises, in a process of its own; what it prints goes to stderr."""
    with ProcessPoolExecutor(1, get_context("spawn"), os.dup2, (2, 1)) as process:
        return process.submit(call, *arguments, **named).result()
