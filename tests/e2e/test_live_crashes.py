"""``kill -9`` while a served index changes: what was acknowledged is there, the rest is whole."""

from collections.abc import Callable

import pytest


@pytest.mark.slow
def test_live_changes_that_were_acknowledged_survive_a_kill(
    killed_often: Callable[[str, int], None],
) -> None:
    killed_often("live changes", 50)


@pytest.mark.slow
@pytest.mark.parametrize(("journey", "points"), [("publish and prune", 40), ("rollback", 20)])
def test_the_live_version_is_complete_wherever_a_publish_or_rollback_is_killed(
    killed_often: Callable[[str, int], None], journey: str, points: int
) -> None:
    killed_often(journey, points)
