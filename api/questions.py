"""From what a client gives to what the library is asked: one source, and errors that name it."""

import os
import re
from collections.abc import Callable
from typing import TypeVar

from api.schemas import Question
from search import SearchEngine
from search.errors import BadParameter, ImageNotFound, InvalidImage
from search.images import ImageSource
from search.sources import is_url, named

_SOURCES = ("image", "image_id", "product_id")

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|file:|data:", re.IGNORECASE)

Answered = TypeVar("Answered")


def ask(
    engine: SearchEngine,
    question: Question,
    file: bytes | None,
    answer: Callable[..., Answered],
    **more: object,
) -> Answered:
    """What ``answer`` (a method of the engine) gives for the question's one source.

    Raises BadParameter for none or several, and what ``answer`` raises.
    """
    sources = {"file": file} | {name: getattr(question, name) for name in _SOURCES}
    given = [name for name, source in sources.items() if source is not None]
    if len(given) != 1:
        raise BadParameter(
            f"Give exactly one of {', '.join(_SOURCES)} and, with POST, file; "
            f"this request has {' and '.join(given) or 'none of them'}."
        )
    name = "file" if question.image is None else named(question.image)[:200]
    try:
        return answer(
            file if question.image is None else _source(engine, question.image),
            product_id=question.product_id,
            image_id=question.image_id,
            box=question.box,
            **more,
        )
    except InvalidImage as error:  # the library names the file by its place on the server
        raise InvalidImage(name, error.reason, error.code) from error


def _source(engine: SearchEngine, image: str) -> ImageSource:
    """What a client's ``image`` stands for: its URL, or a file under the catalog's image root."""
    if is_url(image):
        return image
    if _OTHER_SCHEME.match(image):
        allowed = Question.model_fields["image"].description
        raise BadParameter(f"image is '{image[:80]}'; it must be {allowed}.")
    path = engine.catalog_path(image)
    if not os.access(path, os.F_OK):  # never raises
        raise ImageNotFound(f"There is no picture '{image[:200]}' under the catalog's image root.")
    return path
