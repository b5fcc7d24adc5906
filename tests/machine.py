"""What the machine can do that the tests run on, and what commands say of it."""

from pathlib import Path

_CPU = Path("/proc/cpuinfo")

HAS_VNNI = not _CPU.is_file() or "vnni" in _CPU.read_text()
"""Without these instructions sums of bytes are cut off: int8 is less exact."""

_OF_THE_MACHINE = "This CPU has no bfloat16"


def of_the_work(stderr: str) -> str:
    """Without the lines that say what this machine lacks."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if _OF_THE_MACHINE not in line)
