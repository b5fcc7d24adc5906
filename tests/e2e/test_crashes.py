"""``kill -9`` while an index is built: the next start is right, and nothing is embedded again.

Together with ``test_live_crashes.py``, 220 kills.
"""

from collections.abc import Callable

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(("journey", "points"), [("first build", 50), ("update", 60)])
def test_a_build_that_is_killed_anywhere_can_be_taken_up_again(
    killed_often: Callable[[str, int], None], journey: str, points: int
) -> None:
    killed_often(journey, points)
