"""What the log says when queries begin to differ, and when they do no more."""

from api.watching.drift import CategoryDrift, Drift, ScoreDrift

REMEDY = (
    "Look at the pictures that are sent; evaluate the index with such photos ('indexer evaluate'), "
    "and tune or train on them where it does badly."
)


def shifted(drift: Drift, version: int) -> str:
    """What shifted, by how much, and what to do."""
    parts = [_scores(drift.scores)] if drift.scores.shifted else []
    if drift.categories and drift.categories.shifted:
        parts.append(_categories(drift.categories))
    return (
        f"The last {drift.window} queries do not look like the held-out ones of version {version}: "
        f"{'; '.join(parts)}. {REMEDY}"
    )


def back(drift: Drift, version: int) -> str:
    """All is well again."""
    return f"The last {drift.window} queries look like the held-out ones of version {version} again"


def _scores(found: ScoreDrift) -> str:
    """Names the bin that grew most."""
    grown = [now - then for now, then in zip(found.recent, found.expected, strict=True)]
    most = grown.index(max(grown))
    low = f"{found.edges[most - 1]:.3f} or more" if most else ""
    high = f"less than {found.edges[most]:.3f}" if most < len(found.edges) else ""
    return (
        f"scores shifted (PSI {found.psi:.2f}): {found.recent[most]:.0%} of the first results "
        f"score {' and '.join(filter(None, (low, high)))}, not {found.expected[most]:.0%}"
    )


def _categories(found: CategoryDrift) -> str:
    """Names the category that grew most."""
    most = max(found.recent, key=lambda path: found.recent[path] - found.expected[path])
    return (
        f"categories shifted (PSI {found.psi:.2f}): {found.recent[most]:.0%} show '{most}', "
        f"not {found.expected[most]:.0%}"
    )
