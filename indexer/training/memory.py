"""Memory that a training step frees and the next one needs again."""

import ctypes
import platform

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
"""As in ``malloc.h`` of glibc, which says in mallopt(3) what they do."""


def keep_freed_memory() -> None:
    """Let this process keep what it frees, where its C library is glibc; elsewhere nothing.

    A step allocates gigabytes in large blocks. glibc gives each back to the system as soon as it is
    freed, and the next step pays for getting it again, page by page and zeroed: 30 to 46 % more
    pictures a second without (docs/performance.md).
    """
    if platform.libc_ver()[0] != "glibc":
        return
    library = ctypes.CDLL(None)
    library.mallopt(_M_MMAP_MAX, 0)
    library.mallopt(_M_TRIM_THRESHOLD, -1)
