"""What a query may ask for."""

from search.errors import BadParameter, NotCalibrated
from search.predictions.calibration import Calibration

MOST_RESULTS = 100
DEEPEST = 10_000
"""The largest ``offset``."""


def check_page(k: int, offset: int) -> None:
    """Raises BadParameter."""
    for name, value, low, high in (("k", k, 1, MOST_RESULTS), ("offset", offset, 0, DEEPEST)):
        if not low <= value <= high:
            raise BadParameter(f"{name} is {value}; it must be from {low} to {high}.")


def check_match(min_match: float, fitted: Calibration, version: int) -> None:
    """Raises BadParameter, or NotCalibrated where the version knows no ``p_same``."""
    if not 0 <= min_match <= 1:
        raise BadParameter(f"min_match is {min_match}; it must be from 0 to 1.")
    if min_match and fitted.matching is None:
        raise NotCalibrated(
            f"min_match cannot be used: version {version} knows no p_same, because "
            f"{fitted.reason}; leave min_match out."
        )
