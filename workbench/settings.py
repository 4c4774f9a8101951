"""`workbench.toml` and the environment, read once into frozen settings."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workbench.domain.conversations import ModelSpec
from workbench.domain.values import Value
from workbench.errors import InvalidSettings, NewerWorkspace, NotAWorkspace, UnknownModel

FORMAT = 1
FILE = "workbench.toml"

DEFAULT_FILE = """\
# An Instruction Workbench workspace. Lines that start with # are notes.
format = 1
name = "Instruction Workbench"

# The place people are in, for crisis resources: "en-GB", "en-US" … Empty: not known, and the text asks.
locale = ""

# Empty: a file in .workbench/. Or the address of a PostgreSQL database, without its password:
# "postgresql+psycopg://user@host/name" (the password comes from PGPASSWORD or a pgpass file).
database = ""

# What the variables of instruction sets are filled with here.
[values]
organization = "your service"

[[models]]
name = "embedded/smollm2"
litellm_id = "embedded/smollm2-135m-instruct"
note = "Practice model: very small, often wrong or harmful; for learning the buttons, never evidence."
settings = { temperature = 0.7, repeat_penalty = 1.15, max_tokens = 512 }

[[models]]
name = "embedded/smollm2-focused"
litellm_id = "embedded/smollm2-135m-instruct"
note = "Practice model: very small, often wrong or harmful; for learning the buttons, never evidence."
settings = { temperature = 0.5, top_p = 0.9, repeat_penalty = 1.2, max_tokens = 512 }

# Any model that litellm knows, by one entry; the key stays in the environment or in .workbench/secrets.toml:
# [[models]]
# name = "gpt-small"
# litellm_id = "openai/gpt-4o-mini"
# key_env = "OPENAI_API_KEY"
# settings = { temperature = 0.7, max_tokens = 800 }
#
# Ollama, vLLM and other servers of your own, by their address:
# [[models]]
# name = "local/llama"
# litellm_id = "openai/llama3.2"
# api_base = "http://127.0.0.1:11434/v1"
"""


class Settings(Value):
    """What an administrator decided for one workspace."""

    root: Path
    name: str = "Instruction Workbench"
    locale: str = ""
    database: str = ""
    """A SQLAlchemy address; empty means SQLite in the workspace's private folder."""
    values: Mapping[str, str] = Field(default_factory=dict)
    models: tuple[ModelSpec, ...] = ()

    @property
    def private(self) -> Path:
        """The git-ignored folder for the database, secrets, locks, exports and logs."""
        return self.root / ".workbench"

    @property
    def library(self) -> Path:
        """The folder of instruction sets and everything else that is written once."""
        return self.root / "instruction_library"

    def model(self, name: str) -> ModelSpec:
        """The model of that name. Raises UnknownModel."""
        for spec in self.models:
            if spec.name == name:
                return spec
        known = ", ".join(spec.name for spec in self.models) or "none yet"
        raise UnknownModel(f"There is no model {name!r} in {FILE}. Your text is kept. Models there: {known}.")


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds workbench.toml. Raises NotAWorkspace."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).is_file():
            return folder
    raise NotAWorkspace(f"There is no {FILE} in {start} or above it. Run `workbench init FOLDER` to make a workspace.")


def read_settings(start: Path) -> Settings:
    """The settings of the workspace at or above `start`; `WORKBENCH_DATABASE` overrides the database.

    Raises:
        NotAWorkspace: there is none.
        NewerWorkspace: it was written by a newer version.
        InvalidSettings: the file cannot be used.
    """
    root = find_root(start)
    data = _parse(root / FILE)
    if override := os.environ.get("WORKBENCH_DATABASE"):
        data["database"] = override
    try:
        settings = Settings(root=root, **data)
    except (ValidationError, TypeError) as error:
        raise InvalidSettings(f"{root / FILE}: {_first_line(error)}. Correct it and start again.") from error
    names = [spec.name for spec in settings.models]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidSettings(f"{root / FILE}: the model name {', '.join(sorted(twice))} is used twice.")
    return settings


def _parse(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path} cannot be read: {error}. Correct it and start again.") from error
    written_by = data.pop("format", FORMAT)
    if not isinstance(written_by, int) or written_by > FORMAT:
        raise NewerWorkspace
    return data


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
