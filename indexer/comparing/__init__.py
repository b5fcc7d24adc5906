"""Ask two versions of an index the same photos."""

from contextlib import ExitStack
from pathlib import Path

from indexer.asking import ask_each, open_engine
from indexer.comparing.figures import Comparison, Outcome, summarize
from indexer.photos import Photo
from indexer.progress import Steps
from search.answers import Answer
from search.backends import REMEMBERED, Backends
from search.fetching.fetcher import Fetcher


def compare(
    index: Path,
    versions: tuple[int, int],
    file: Path,
    k: int,
    fetch_allow: tuple[str, ...],
    steps: Steps,
    backends: Backends = REMEMBERED,
) -> Comparison:
    """Compare the answers of two versions to every photo of a file; ranks are of the first 100.

    A photo that cannot be read is noted and left out. Raises CatalogFileError when none can be,
    and what ``SearchEngine.open`` raises.
    """

    def judge(photo: Photo, answers: list[Answer]) -> Outcome:
        return Outcome.of(photo, answers, k)

    with ExitStack() as stack:
        engines = [stack.enter_context(open_engine(index, backends, one)) for one in versions]
        models = [engine.state.model for engine in engines]
        fetcher = stack.enter_context(Fetcher(allow=fetch_allow))
        outcomes, failed = ask_each(engines, file, fetcher, judge, steps)
    return summarize(versions, models, k, outcomes, failed)
