"""What can go wrong because of something a user gave: each error reads as one clear sentence.

LookalikeError
├── InvalidImage        the source is no usable picture
├── FetchError          the source could not be fetched
├── CatalogFileError    the catalog file cannot be used at all
├── RejectsRefused      something was turned away where nothing may be
├── ShrinkRefused       a build would remove too much
├── GradeRefused        a version does not clear the bars that it must
├── ModelError          a model specification cannot be loaded
├── ExportRefused       a model cannot be exported as asked, or would lose too much
├── BackupRefused       a backup or restore that would overwrite something
├── BadCatalogUrl       a URL that names no database for a catalog
├── CatalogUnreachable  the catalog's database does not answer
├── BadStoreUrl         a URL that names no version store
├── StoreUnreachable    the version store does not answer as it should
├── IndexNotFound       there is no published version here
├── IndexMismatch       a version was made with something else than what is asked for
├── IndexDamaged        a version's files are not what its manifest says
├── IndexBusy           another command is changing the index
├── IndexReadOnly       a change was asked of an index that may only be read
├── VersionNotFound     the index has no such version
├── NotGraded           a version of an earlier release, which measured nothing
├── InvalidProduct      a product that cannot be stored as it was sent
├── BadParameter        a value outside of what a query allows
├── NotCalibrated       p_same is asked for where the version could not learn it
├── BadFilter           a filter that cannot be understood; says where
├── QueryForgotten      the picture of an earlier answer is not kept any more
├── AnswerForgotten     the answer that feedback is about is not known any more
├── NotAResult          feedback about a product that the answer did not show
├── UnknownCategory     a category in which the catalog has no product
├── NoFeedback          nobody has judged an answer yet
├── KeyNameTaken        an API key with a name that another one has
├── KeyNotFound         no such API key
├── KeysMissing         a server that asks for API keys where there is none
├── ProductNotFound     no such product in the catalog
└── ImageNotFound       no such picture in the catalog or under its image root

``code`` is stable: clients may branch on it. One place maps errors to exit codes
(``indexer.cli``) and one maps them to HTTP (``api.problems``).
"""


class LookalikeError(Exception):
    """Base of every error a user can cause; ``str()`` says the thing, the reason and the remedy."""

    code: str = "failed"


class InvalidImage(LookalikeError):
    """A source that cannot become a picture; ``code`` says which way, ``reason`` says why.

    Codes: ``not_an_image``, ``image_truncated``, ``image_too_large``, ``image_too_small``,
    ``image_unreadable``, ``path_outside_root``.
    """

    def __init__(self, source: str, reason: str, code: str = "not_an_image") -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.code = code


class FetchError(LookalikeError):
    """An image URL that was refused or failed.

    Codes: ``bad_url``, ``fetch_blocked``, ``fetch_failed``, ``fetch_timeout``,
    ``image_too_large``. ``wait`` is after how many seconds asking again may help, None when it will
    not.
    """

    def __init__(
        self, url: str, reason: str, code: str = "fetch_failed", wait: float | None = None
    ) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.code = code
        self.wait = wait


class CatalogFileError(LookalikeError):
    """A catalog file that cannot be used at all (missing, empty, wrong encoding, …)."""

    code = "bad_catalog_file"


class RejectsRefused(LookalikeError):
    """A strict build met rows or images that it had to turn away."""

    code = "rejects_refused"

    def __init__(self, count: int) -> None:
        what = "1 row or image was" if count == 1 else f"{count} rows or images were"
        super().__init__(
            f"{what} rejected, and --strict allows none; rejects.csv in the index folder says why."
        )
        self.count = count


class ShrinkRefused(LookalikeError):
    """A build that would remove more of the catalog than is believable."""

    code = "shrink_refused"


class GradeRefused(LookalikeError):
    """A version that misses a bar that was set for it; the live version stays."""

    code = "grade_refused"


class ModelError(LookalikeError):
    """A model specification that names nothing that can be loaded."""

    code = "bad_model"


class ExportRefused(LookalikeError):
    """An export that cannot be made as asked, or that would lose too much; nothing is written."""

    code = "export_refused"


class EngineUnavailable(LookalikeError):
    """An engine that is to embed elsewhere and is not installed, not there, or has no room."""

    code = "engine_unavailable"


class BackupRefused(LookalikeError):
    """A backup or restore into a place that is not empty; nothing was changed."""

    code = "backup_refused"


class BadCatalogUrl(LookalikeError):
    """A URL that names no database in which a catalog can be."""

    code = "bad_catalog_url"


class CatalogUnreachable(LookalikeError):
    """A catalog whose database does not answer, or refuses this user."""

    code = "catalog_unavailable"


class BadStoreUrl(LookalikeError):
    """A URL that names no place in which versions can be stored."""

    code = "bad_store_url"


class StoreUnreachable(LookalikeError):
    """A version store that does not answer, refuses this user, or holds something else."""

    code = "store_unavailable"


class BadVectorsUrl(LookalikeError):
    """A URL that names no Milvus collection in which vectors can be."""

    code = "bad_vectors_url"


class VectorsUnavailable(LookalikeError):
    """A vector server that does not answer, or not in time."""

    code = "vectors_unavailable"


class VectorsTaken(LookalikeError):
    """A collection that another index folder, or another program, made; it was not touched."""

    code = "vectors_taken"


class IndexNotFound(LookalikeError):
    """A folder with no published version."""

    code = "index_not_found"


class IndexMismatch(LookalikeError):
    """A version made with another backbone, preprocessing or head than the one asked for."""

    code = "index_mismatch"


class IndexDamaged(LookalikeError):
    """A version whose files are missing or differ from its manifest."""

    code = "index_damaged"


class IndexBusy(LookalikeError):
    """A build or rollback while another one is at work in the same folder."""

    code = "index_busy"


class IndexReadOnly(LookalikeError):
    """A change of an index whose folder may only be read."""

    code = "index_read_only"


class VersionNotFound(LookalikeError):
    """A version number that is not in the index folder."""

    code = "version_not_found"


class NotGraded(LookalikeError):
    """A version that was built before versions were graded."""

    code = "not_graded"


class InvalidProduct(LookalikeError):
    """A product whose values or images cannot be stored; nothing was changed."""

    code = "invalid_product"


class BadParameter(LookalikeError):
    """A query parameter with a value that means nothing."""

    code = "bad_parameter"


class NotCalibrated(LookalikeError):
    """A query that needs ``p_same``, of a version that could not learn it."""

    code = "not_calibrated"


class BadFilter(LookalikeError):
    """A filter that cannot be understood.

    ``position`` counts characters of ``text`` from 0; ``expected`` says what would fit there.
    """

    code = "bad_filter"

    def __init__(self, text: str, position: int, expected: str) -> None:
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        shown = shown.encode(errors="replace").decode()  # halves of surrogate pairs
        super().__init__(
            f"The filter '{shown}' stops at character {position + 1}: expected {expected}."
        )
        self.text = text
        self.position = position
        self.expected = expected


class QueryForgotten(LookalikeError):
    """An ``image_id`` whose picture was never asked about here, or too long ago."""

    code = "query_forgotten"


class AnswerForgotten(LookalikeError):
    """A ``request_id`` whose answer was never given here, or too long ago."""

    code = "answer_forgotten"


class NotAResult(LookalikeError):
    """A product that is judged although it was not among the results of that answer."""

    code = "not_a_result"


class UnknownCategory(LookalikeError):
    """A category path in which the catalog has no product, nor below it."""

    code = "unknown_category"


class NoFeedback(LookalikeError):
    """Feedback is to be used, and there is none that can be."""

    code = "no_feedback"


class KeyNameTaken(LookalikeError):
    """A new API key with the name of one that is not revoked."""

    code = "key_name_taken"


class KeyNotFound(LookalikeError):
    """An API key that is to be revoked and is not there, or is revoked already."""

    code = "key_not_found"


class KeysMissing(LookalikeError):
    """A server that others can reach, of an index that has no API key."""

    code = "no_api_key"


class ProductNotFound(LookalikeError):
    """A product id that the catalog does not hold."""

    code = "product_not_found"


class ImageNotFound(LookalikeError):
    """A picture that is not in the catalog, or not under its image root."""

    code = "image_not_found"
