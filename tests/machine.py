"""What commands say of the machine that they run on, and of nothing else."""

_OF_THE_MACHINE = "This CPU has no bfloat16"


def of_the_work(stderr: str) -> str:
    """Without the lines that say what this machine lacks."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if _OF_THE_MACHINE not in line)
