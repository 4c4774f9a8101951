"""Where keys are found, and which are refused."""

import sys
import types
from pathlib import Path

import pytest

from workbench.domain.conversations import Outcome
from workbench.gateway.keys import Keys
from workbench.gateway.outcomes import CallError

NAME = "UNIT_TEST_PROVIDER_KEY"


def secrets(folder: Path, text: str, mode: int = 0o600) -> Keys:
    (folder / "secrets.toml").write_text(text)
    (folder / "secrets.toml").chmod(mode)
    return Keys(folder)


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = secrets(tmp_path, f'{NAME} = "from-the-file"')
    assert keys.find(NAME) == "from-the-file"
    monkeypatch.setenv(NAME, "from-the-environment")
    assert keys.find(NAME) == "from-the-environment"
    assert keys.secrets() >= {"from-the-file", "from-the-environment"}


def test_a_file_others_may_read_is_refused(tmp_path: Path) -> None:
    keys = secrets(tmp_path, f'{NAME} = "x"', mode=0o640)
    with pytest.raises(CallError, match="chmod 600") as caught:
        keys.find(NAME)
    assert caught.value.outcome is Outcome.AUTH
    assert keys.present([NAME]) == {NAME: False}


def test_a_broken_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="NAME ="):
        secrets(tmp_path, "no toml here").find(NAME)


def test_the_keyring_is_asked_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = types.ModuleType("keyring")
    ring.get_password = lambda service, name: f"{service}:{name}"  # type: ignore[attr-defined]
    ring.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert Keys(tmp_path).find(NAME) == f"instruction-workbench:{NAME}"


def test_no_key_is_none(tmp_path: Path) -> None:
    assert Keys(tmp_path).find(NAME) is None
    assert Keys(tmp_path).present([NAME]) == {NAME: False}
