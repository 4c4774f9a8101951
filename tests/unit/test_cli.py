"""Commands print exactly one JSON value, or one sentence and exit code 1."""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import new_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return new_workspace(tmp_path / "workspace")


def run(workspace: Path, *words: str, code: int = 0) -> str:
    command = [sys.executable, "-c", "from workbench.cli import main; main()", *words, "--root", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=workspace.parent, env=os.environ, timeout=120)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 or "--json" in words else done.stderr


def value(workspace: Path, *words: str, code: int = 0) -> Any:
    return json.loads(run(workspace, *words, "--json", code=code))


def test_sets_are_listed_shown_compared_and_looked_at(workspace: Path) -> None:
    assert [s["newest"] for s in value(workspace, "sets", "list")] == ["therapy-mode@1.0.0"]
    assert value(workspace, "sets", "show", "therapy-mode")["text"].startswith("# Role and scope")
    assert value(workspace, "sets", "diff", "therapy-mode@1.0.0", "therapy-mode") == []
    assert value(workspace, "sets", "lint", "therapy-mode") == []
    assert "No difference." in run(workspace, "sets", "diff", "therapy-mode@1.0.0", "therapy-mode")


def test_verify_says_what_was_changed_by_hand(workspace: Path) -> None:
    assert value(workspace, "verify") == {"versions": 1, "problems": []}
    path = workspace / "instruction_library" / "therapy-mode" / "1.0.0.yaml"
    path.write_text(path.read_text().replace("warm", "cold"))
    told = value(workspace, "verify", code=1)
    assert "changed after it was saved" in told["problems"][0]["sentence"]


def test_export_writes_a_bundle_by_the_public_name(workspace: Path, tmp_path: Path) -> None:
    told = value(workspace, "export", "therapy-mode@1.0.0", "--to", str(tmp_path))
    assert told["status"] == "draft: not approved"
    with zipfile.ZipFile(told["path"]) as bundle:
        assert Path(told["path"]).name == "reflective-support-1.0.0-draft.zip"
        assert not [name for name in bundle.namelist() if b"therapy-mode" in bundle.read(name)]


def test_models_are_listed_without_keys(workspace: Path) -> None:
    (workspace / "workbench.toml").write_text(
        '[[models]]\nname = "far"\nlitellm_id = "openai/far"\nkey_env = "FAR_KEY_THAT_IS_NOT_SET"\n'
    )
    told = value(workspace, "models")
    assert [(m["name"], m["key_present"]) for m in told] == [("far", False)]


def test_init_makes_a_workspace_and_touches_nothing_that_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "init", str(tmp_path / "new")]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True)
    assert json.loads(done.stdout) == {"root": str(tmp_path / "new")}
    assert (tmp_path / "new" / "instruction_library" / "therapy-mode" / "1.0.0.yaml").is_file()
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is a workspace already. Nothing was changed." in again.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sets", "show", "nobody"), "There is no instruction set 'nobody' in the library."),
        (("sets", "show", "therapy-mode@9.9.9"), "There is no version therapy-mode@9.9.9"),
        (("converse", "--say", "hello", "--arm", "nobody"), "There is no model 'nobody'"),
        (("converse", "--say", "  "), "The message is empty"),
        (("converse", "--say", "I am anna.smith@example.com"), "made-up data only"),
    ],
)
def test_a_mistake_is_one_sentence(workspace: Path, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in run(workspace, *words, code=1)
    assert sentence in value(workspace, *words, code=1)["message"]


def test_outside_a_workspace_the_way_in_is_told(tmp_path: Path) -> None:
    assert "Run `workbench init FOLDER`" in run(tmp_path, "sets", "list", code=1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("format = 99\n", "written by a newer version of the workbench. Nothing was changed."),
        ("models = 3\n", "Correct it and start again."),
        ("a = [\n", "cannot be read"),
        ('[[models]]\nname = "a"\nlitellm_id = "x/y"\n[[models]]\nname = "a"\nlitellm_id = "x/y"\n', "used twice"),
    ],
)
def test_settings_that_cannot_be_used_are_told(workspace: Path, text: str, sentence: str) -> None:
    (workspace / "workbench.toml").write_text(text)
    assert sentence in run(workspace, "sets", "list", code=1)


def test_a_database_of_a_newer_version_is_left_alone(workspace: Path) -> None:
    run(workspace, "sets", "list")
    path = workspace / ".workbench" / "workbench.db"
    with sqlite3.connect(path) as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    before = path.read_bytes()
    assert "newer version of the workbench" in run(workspace, "sets", "list", code=1)
    assert path.read_bytes() == before


def test_every_command_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for command in ("init", "doctor", "models", "verify", "bench", "converse", "export", "sets list"):
        assert command in readme
