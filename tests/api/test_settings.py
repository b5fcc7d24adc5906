"""The environment sets the server up."""

import runpy
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import Settings, WrongSetting

DOCS = Path(__file__).parents[2] / "docs"


def test_each_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_INDEX", "/srv/index")
    monkeypatch.setenv("LOOKALIKE_MODEL", "timm:resnet18")
    monkeypatch.setenv("LOOKALIKE_FETCH_ALLOW", "pictures.internal, 10.0.0.0/8,")
    monkeypatch.setenv("LOOKALIKE_MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("LOOKALIKE_CONCURRENCY", "7")
    monkeypatch.setenv("LOOKALIKE_QUEUE", "0")
    monkeypatch.setenv("LOOKALIKE_DEADLINE", "2.5")
    monkeypatch.setenv("LOOKALIKE_THREADS", "3")
    monkeypatch.setenv("LOOKALIKE_CATALOG", "postgresql://me:s3cret@db/shop")
    settings: Settings = create_app().state.settings
    assert settings.index == Path("/srv/index")
    assert settings.model == "timm:resnet18"
    assert settings.fetch_allow == ("pictures.internal", "10.0.0.0/8")
    assert settings.max_upload_bytes == 1000
    assert (settings.concurrency, settings.queue, settings.deadline) == (7, 0, 2.5)
    assert settings.threads == 3
    assert settings.catalog is not None
    assert settings.catalog.get_secret_value() == "postgresql://me:s3cret@db/shop"
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_nothing_needs_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_FETCH_ALLOW", "")
    assert Settings().fetch_allow == ()
    assert Settings().index == Path("index")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FETCH_ALLOW", "10.0.0.0/99"),
        ("MAX_UPLOAD_BYTES", "0"),
        ("CONCURRENCY", "0"),
        ("QUEUE", "-1"),
        ("DEADLINE", "0"),
        ("DRAIN", "-1"),
        ("SHUTDOWN", "0"),
        ("LOG_FORMAT", "yaml"),
        ("TRACES", "perhaps"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LOOKALIKE_{name}", value)
    with pytest.raises(WrongSetting, match=f"LOOKALIKE_{name} is '{value}': "):
        create_app()


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_documentation_has_every_setting_as_it_is() -> None:
    """Else: python -m docs.settings_table."""
    page = (DOCS / "operations.md").read_text()
    assert runpy.run_path(str(DOCS / "settings_table.py"))["updated"](page) == page
