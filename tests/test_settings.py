"""Settings: one typed object, several sources, clear errors."""

import os
from pathlib import Path

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.settings import load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("JSL_")]:
        monkeypatch.delenv(name)


def test_defaults_stand_without_any_source() -> None:
    settings = load_settings()
    assert settings.store == "var/store"
    assert settings.engine.kind == "ocr"
    assert (settings.preprocess.width, settings.preprocess.height) == (960, 1280)


def test_arguments_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jsl_pipeline.toml").write_text('store = "file"\nlanding = "file"\n[batching]\nmax_files = 9\n')
    monkeypatch.setenv("JSL_STORE", "environment")
    monkeypatch.setenv("JSL_LANDING", "environment")
    settings = load_settings(store="argument", landing=None)
    assert (settings.store, settings.landing, settings.batching.max_files) == ("argument", "environment", 9)


def test_nested_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__WORKERS", "3")
    monkeypatch.setenv("JSL_PREPROCESS__ENCODING", "png")
    settings = load_settings()
    assert (settings.engine.workers, settings.preprocess.encoding) == (3, "png")


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("nonsense = 1", "nonsense"),
        ("[batching]\nmax_files = 0", "batching.max_files"),
        ("[engine]\nkind = 'x'", "kind"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, named: str) -> None:
    (tmp_path / "jsl_pipeline.toml").write_text(toml)
    with pytest.raises(SettingsError, match=named):
        load_settings()


def test_secrets_are_references_and_missing_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_KEY", "s3cret")
    monkeypatch.setenv("JSL_STORE_OPTIONS", '{"key": "env:ACCOUNT_KEY"}')
    assert load_settings().store_options == {"key": "s3cret"}
    monkeypatch.setenv("JSL_STORE_OPTIONS", '{"key": "env:NOT_SET"}')
    with pytest.raises(SettingsError, match="NOT_SET is not set"):
        load_settings()


def test_an_error_does_not_repeat_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__WORKERS", "s3cret")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)
