"""What other programs may rely on: the names, their types, and a quick import."""

import subprocess
import sys
from pathlib import Path

import search
from search import errors


def test_the_public_names_are_just_these() -> None:
    assert search.__all__ == [
        "Answer", "Embedder", "LookalikeError", "Result", "SearchEngine", "load_embedder",
    ]  # fmt: skip
    assert all(hasattr(search, name) for name in search.__all__)


def test_the_package_carries_its_types() -> None:
    assert (Path(search.__file__).parent / "py.typed").is_file()


def test_importing_it_imports_nothing_heavy_and_opens_nothing() -> None:
    code = (
        "import sys, search\n"
        "heavy = {'torch', 'torchvision', 'timm', 'open_clip', 'openvino', 'faiss', 'alembic',\n"
        "         'transformers', 'huggingface_hub', 'pyarrow', 'pandas', 'indexer', 'api'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_every_error_has_a_stable_code_and_says_one_thing() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.LookalikeError) for kind in kinds)
    codes = {kind.__name__: vars(kind)["code"] for kind in kinds if "code" in vars(kind)}
    assert codes == {
        "LookalikeError": "failed",
        "CatalogFileError": "bad_catalog_file",
        "RejectsRefused": "rejects_refused",
        "ShrinkRefused": "shrink_refused",
        "GradeRefused": "grade_refused",
        "ModelError": "bad_model",
        "ExportRefused": "export_refused",
        "BackupRefused": "backup_refused",
        "BadCatalogUrl": "bad_catalog_url",
        "BadStoreUrl": "bad_store_url",
        "StoreUnreachable": "store_unavailable",
        "BadVectorsUrl": "bad_vectors_url",
        "VectorsUnavailable": "vectors_unavailable",
        "VectorsTaken": "vectors_taken",
        "EngineUnavailable": "engine_unavailable",
        "CatalogUnreachable": "catalog_unavailable",
        "IndexNotFound": "index_not_found",
        "IndexMismatch": "index_mismatch",
        "IndexDamaged": "index_damaged",
        "IndexBusy": "index_busy",
        "IndexReadOnly": "index_read_only",
        "VersionNotFound": "version_not_found",
        "NotGraded": "not_graded",
        "InvalidProduct": "invalid_product",
        "BadParameter": "bad_parameter",
        "NotCalibrated": "not_calibrated",
        "BadFilter": "bad_filter",
        "QueryForgotten": "query_forgotten",
        "AnswerForgotten": "answer_forgotten",
        "NotAResult": "not_a_result",
        "UnknownCategory": "unknown_category",
        "NoFeedback": "no_feedback",
        "KeyNameTaken": "key_name_taken",
        "KeyNotFound": "key_not_found",
        "KeysMissing": "no_api_key",
        "ProductNotFound": "product_not_found",
        "ImageNotFound": "image_not_found",
    }
    assert str(errors.RejectsRefused(2)).startswith("2 rows or images were rejected")
    assert errors.InvalidImage("a.jpg", "too small", "image_too_small").code == "image_too_small"
