"""The form of ``POST /similar``, read within a size limit and never written to disk."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.problems import RequestRefused
from search.errors import BadParameter

_MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Form:
    """The picture, if there is one, and every other field."""

    file: bytes | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def read_form(request: Request, limit: int) -> Form:
    """An empty form when the request has no body.

    Raises RequestRefused: ``upload_too_large`` as soon as more than ``limit`` bytes are announced
    or have come, ``unsupported_media_type`` or ``bad_form``.
    """
    kind = request.headers.get("content-type")
    if kind is None:
        return Form()
    if not _is_form(kind):
        raise RequestRefused(
            f"The body is {kind[:80]}; it must be multipart/form-data (in UTF-8) with the picture "
            "in 'file'.",
            "unsupported_media_type",
        )
    body = _limited(request, limit)
    parser = _InMemoryParser(
        request.headers, body, max_files=_MOST_PARTS, max_fields=_MOST_PARTS, max_part_size=10_000
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise RequestRefused(f"The form cannot be read: {error.message}", "bad_form") from error
    finally:
        await body.aclose()
    try:
        return await _checked(form)
    finally:
        await form.close()


def _is_form(kind: str) -> bool:
    """Another charset would be any codec of Python, whatever it costs or raises."""
    media_type, options = parse_options_header(kind)
    return media_type == b"multipart/form-data" and (
        options.get(b"charset", b"utf-8").lower() == b"utf-8"
    )


class _InMemoryParser(MultiPartParser):
    """Pictures that are asked about are not stored, not even for a moment."""

    spool_max_size = 0  # a spooled file of no maximum size never goes to disk


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    announced = request.headers.get("content-length", "")
    seen = int(announced) if announced.isdecimal() else 0
    _check(seen, limit)
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        _check(seen, limit)
        yield chunk


def _check(size: int, limit: int) -> None:
    if size > limit:
        sentence = f"The body is larger than {limit / 1e6:g} MB, the most that is taken."
        raise RequestRefused(sentence, "upload_too_large")


async def _checked(form: FormData) -> Form:
    """Each name once, and exactly ``file`` a file."""
    file: bytes | None = None
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if name == "file" and _not_chosen(value):
            continue
        if name in fields or (name == "file" and file is not None):
            raise BadParameter(f"{name[:80]} is given twice; it must be given once.")
        if isinstance(value, UploadFile) is not (name == "file"):
            raise BadParameter(
                f"The form's field '{name[:80]}' is wrong: the picture is sent as a file with a "
                "file name, in the field 'file', and nothing else is sent as a file."
            )
        if isinstance(value, UploadFile):
            file = await value.read()
        else:
            fields[name] = value
    return Form(file, fields)


def _not_chosen(value: str | UploadFile) -> bool:
    """What browsers send for a file that nobody chose: no name and no bytes, or empty text."""
    return value == "" or (isinstance(value, UploadFile) and not value.filename and not value.size)
