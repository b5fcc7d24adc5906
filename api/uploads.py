"""What comes in a request's body, read within a size limit: a form with pictures, or JSON."""

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.problems import RequestRefused
from search.errors import BadParameter
from search.json_text import parsed

_MOST_PARTS = 20

_LARGEST_JSON = 1_000_000
"""Bytes: pictures are not sent in it, and while it is parsed nobody else is answered."""


@dataclass(frozen=True, slots=True)
class Form:
    """The pictures, and the values of every other field."""

    files: tuple[bytes, ...] = ()
    fields: dict[str, list[str]] = field(default_factory=dict)

    @property
    def file(self) -> bytes | None:
        """The only picture; raises BadParameter when there are several."""
        if len(self.files) > 1:
            raise BadParameter("file is given twice; it must be given once.")
        return self.files[0] if self.files else None

    def single(self, repeatable: Collection[str] = ()) -> dict[str, Any]:
        """Field → its value, or all of them for those that may be repeated."""
        for name, values in self.fields.items():
            if len(values) > 1 and name not in repeatable:
                raise BadParameter(f"{name[:80]} is given twice; it must be given once.")
        return {
            name: values if name in repeatable else values[0]
            for name, values in self.fields.items()
        }


async def read_product(request: Request, limit: int) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """The columns of a product and its pictures, from a form or from a JSON object.

    Raises what ``read_form`` raises, and RequestRefused: ``bad_json``.
    """
    kind = request.headers.get("content-type", "")
    if parse_options_header(kind)[0] != b"application/json":
        form = await read_form(request, limit)
        return form.single(), form.files
    return await _json_object(request, limit, "one row of a catalog"), ()


async def read_object(request: Request, limit: int) -> dict[str, Any]:
    """A JSON object; raises RequestRefused: ``upload_too_large``, ``unsupported_media_type`` or
    ``bad_json``.
    """
    kind = request.headers.get("content-type", "")
    if parse_options_header(kind)[0] != b"application/json":
        raise RequestRefused(
            f"The body is {kind[:80] or 'of no type'}; it must be application/json.",
            "unsupported_media_type",
        )
    return await _json_object(request, limit, "names and values")


async def _json_object(request: Request, limit: int, meaning: str) -> dict[str, Any]:
    limit = min(limit, _LARGEST_JSON)
    body = b"".join([chunk async for chunk in _limited(request, limit)])
    try:
        found = parsed(body.decode("utf-8-sig"))
    except ValueError as error:
        raise RequestRefused(f"The body is not JSON: {error}.", "bad_json") from error
    if not isinstance(found, dict):
        raise RequestRefused(f"The body must be a JSON object: {meaning}.", "bad_json")
    return found


async def read_form(request: Request, limit: int) -> Form:
    """An empty form when the request has no body.

    Pictures are not written to disk. Raises RequestRefused: ``upload_too_large`` as soon as more
    than ``limit`` bytes are announced or have come, ``unsupported_media_type`` or ``bad_form``.
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
    """Exactly the fields named ``file`` are files."""
    files: list[bytes] = []
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if name == "file" and _not_chosen(value):
            continue
        if isinstance(value, UploadFile) is not (name == "file"):
            raise BadParameter(
                f"The form's field '{name[:80]}' is wrong: the picture is sent as a file with a "
                "file name, in the field 'file', and nothing else is sent as a file."
            )
        if isinstance(value, UploadFile):
            files.append(await value.read())
        else:
            fields.setdefault(name, []).append(value)
    return Form(tuple(files), fields)


def _not_chosen(value: str | UploadFile) -> bool:
    """What browsers send for a file that nobody chose: no name and no bytes, or empty text."""
    return value == "" or (isinstance(value, UploadFile) and not value.filename and not value.size)
