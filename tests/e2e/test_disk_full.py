"""A disk that gets full, at each write of each operation in turn."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

ALONE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture
def full_disk(trial: Callable[..., Any]) -> Callable[[str, int], dict[str, int]]:
    """How often each failure came up while there was too little room."""
    if not shutil.which(ALONE[0]) or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("a small file system needs 'unshare' and user namespaces")

    def check(journey: str, times: int) -> dict[str, int]:
        failures: dict[str, int] = trial("tests.e2e.full_disk", journey, times, prefix=ALONE)[
            "failures"
        ]
        return failures

    return check


@pytest.mark.slow
@pytest.mark.parametrize(
    ("journey", "times"),
    [("first build", 10), ("update", 12), ("publish and prune", 10), ("rollback", 3)],
)
def test_a_command_says_so_and_goes_on_when_there_is_room_again(
    full_disk: Callable[[str, int], dict[str, int]], journey: str, times: int
) -> None:
    failures = full_disk(journey, times)
    sentences = set(failures) - {""}
    assert sentences
    for sentence in sentences:
        assert sentence.endswith("the disk is full; free some space and run the command again.")


@pytest.mark.slow
def test_a_live_change_changes_nothing_and_succeeds_when_there_is_room_again(
    full_disk: Callable[[str, int], dict[str, int]],
) -> None:
    failures = full_disk("live changes", 12)
    assert sum(number for failure, number in failures.items() if failure) >= 8
