"""The one OpenVINO core of this process."""

from functools import cache
from typing import Any


@cache
def openvino_core() -> Any:
    """An ``openvino.Core``, the same at each call; it is never destroyed.

    Each core gives the thread that makes it a stack of its own for signals, and takes it away when
    it is destroyed. With two cores the first one's stack is put back after it was freed, and the
    next signal, such as that of a child process that ends, kills the program.
    """
    import openvino as ov

    return ov.Core()
