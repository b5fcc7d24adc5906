"""``/versions`` and ``/rejects``: for whoever runs the index."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as PathParameter

from api.dependencies import single_values
from api.documentation import INDEX_PROBLEMS, problems
from search.errors import IndexReadOnly
from search.querying.limits import DEEPEST, MOST_RESULTS
from search.vectors.publishing import roll_back
from search.versions import IndexFolder
from search.versions.history import History, VersionLine, line, read_history
from search.versions.rejects import Rejects, read_rejects

router = APIRouter(tags=["server"], dependencies=[Depends(single_values)])

Number = Annotated[int, PathParameter(ge=1, lt=2**63, examples=[3])]


async def _folder(request: Request) -> IndexFolder:
    index: Path = request.app.state.settings.index
    return IndexFolder(index)


FolderDep = Annotated[IndexFolder, Depends(_folder)]


@router.get("/versions", summary="Which versions are there?", responses=problems(*INDEX_PROBLEMS))
def versions(folder: FolderDep) -> History:
    """Every version that can be made live, newest first, and which one is.

    `grade` is Recall@1 of photos that were held out when the version was built.
    """
    return read_history(folder)


@router.put(
    "/versions/{version}/live",
    summary="Make a version live",
    responses=problems(
        *INDEX_PROBLEMS,
        *("version_not_found", "index_busy", "index_read_only", "bad_parameter"),
        *("vectors_unavailable", "vectors_taken", "bad_vectors_url"),
        *("store_unavailable", "bad_store_url"),
    ),
)
def make_live(request: Request, folder: FolderDep, version: Number) -> VersionLine:
    """Go back to an older version, or forward again, after its files were checked.

    The products stay as they are: a version is how they are searched. Every server of the index
    answers from it within a second; `GET /index` says when this one does.
    """
    try:
        return line(folder, roll_back(folder, version, request.app.state.settings.backends))
    except PermissionError as error:
        raise IndexReadOnly(
            "The index folder may only be read here, so the live version stays; run "
            f"'indexer rollback {version}' where it may be written."
        ) from error


@router.get(
    "/rejects", summary="What was turned away?", responses=problems("bad_parameter", "internal")
)
def rejects(
    folder: FolderDep,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS)] = 10,
    offset: Annotated[int, Query(ge=0, le=DEEPEST)] = 0,
) -> Rejects:
    """Rows and images that the last build could not use, with the reasons; none stopped it.

    `row` is the row of the catalog file, 0 where that is not known any more.
    """
    return read_rejects(folder.rejects, k, offset)
