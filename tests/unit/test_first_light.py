"""The notebook and the shipped workspace, on the real embedded model."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.workspaces import new_workspace
from workbench.settings import DEFAULT_FILE

ROOT = Path(__file__).parents[2]


def test_the_checkout_is_a_workspace_with_the_default_settings() -> None:
    assert (ROOT / "workbench.toml").read_text() == DEFAULT_FILE


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = nbformat.read(ROOT / "experiments" / "first_light.ipynb", as_version=4)
    assert not [c for c in notebook.cells if c.cell_type == "code" and (c.outputs or c.execution_count)]


@pytest.mark.embedded
@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # the kernel's own
def test_the_notebook_tells_the_whole_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = DEFAULT_FILE.replace("max_tokens = 512", "max_tokens = 24")
    workspace = new_workspace(tmp_path / "workspace", models)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    notebook = nbformat.read(workspace / "experiments" / "first_light.ipynb", as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(workspace / "experiments")}}
    ).execute()
    told = "".join(str(o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs)
    assert "reflective-support-1.1.0-draft.zip" in told
    assert "<ins>" in told
    assert (workspace / "instruction_library" / "therapy-mode" / "1.1.0.yaml").is_file()
