"""Where keys are found. Used in model processes alone: the app asks which are present and never sees one."""

import importlib
import importlib.util
import os
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path

from workbench.domain.conversations import Outcome
from workbench.gateway.outcomes import CallError

FILE = "secrets.toml"
KEYRING_SERVICE = "instruction-workbench"
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")
_SHORTEST = 8


class Keys:
    """Values by name: the environment first, then `secrets.toml` in the private folder, then the system's keyring."""

    def __init__(self, private: Path) -> None:
        self._file = private / FILE
        self._seen: set[str] = set()

    def find(self, name: str) -> str | None:
        """The value of that name, or None. Raises CallError when others on this computer may read the file."""
        value = os.environ.get(name) or self._in_file(name) or _in_keyring(name)
        if value:
            self._seen.add(value)
        return value or None

    def present(self, names: Iterable[str]) -> dict[str, bool]:
        """Which of the names have a value that may be used."""
        return {name: self._is_present(name) for name in names}

    def secrets(self) -> set[str]:
        """Everything that must never be shown: the values found so far and secret-looking environment variables."""
        environment = {
            value
            for name, value in os.environ.items()
            if len(value) >= _SHORTEST and any(word in name.upper() for word in _SECRET_NAMES)
        }
        return self._seen | environment

    def _is_present(self, name: str) -> bool:
        try:
            return self.find(name) is not None
        except CallError:
            return False

    def _in_file(self, name: str) -> str | None:
        if not self._file.is_file():
            return None
        if os.name == "posix" and stat.S_IMODE(self._file.stat().st_mode) & 0o077:
            raise CallError(
                Outcome.AUTH,
                f"{FILE} may be read by other people on this computer, so it was not used. "
                f"Make it private (chmod 600 .workbench/{FILE}) and send the message again.",
            )
        try:
            value = tomllib.loads(self._file.read_text(encoding="utf-8")).get(name)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise CallError(
                Outcome.AUTH, f'.workbench/{FILE} cannot be read as lines of the form NAME = "value".'
            ) from error
        return value if isinstance(value, str) else None


def _in_keyring(name: str) -> str | None:
    """The value in the operating system's keyring, if the package `keyring` happens to be installed."""
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = importlib.import_module("keyring")
    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except Exception:  # a locked or missing keyring raises errors of its own kind; it only means: no key there
        return None
    return value if isinstance(value, str) else None
