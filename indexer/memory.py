"""What the C library does with memory that is freed."""

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
    if _is_glibc():
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_MAX, 0)
        library.mallopt(_M_TRIM_THRESHOLD, -1)


def give_back_freed_memory() -> None:
    """Let the system have what this process has freed, where its C library is glibc.

    glibc keeps small blocks for later: after grading a million images hundreds of megabytes, which
    the index that is built then would come on top of.
    """
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _is_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
