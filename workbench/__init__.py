"""The Instruction Workbench: author, converse, annotate, version and export custom instructions.

    import workbench as wb
    p = wb.open(".")
    talk = p.converse("therapy-mode", ["embedded/smollm2"], "I can't sleep before exams")

Importing it opens no socket and loads neither Streamlit nor litellm nor a database.
"""

from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.notebook.project import Project

__all__ = ["WorkbenchError", "open"]


def open(root: "Path | str" = ".", **options: Any) -> "Project":
    """Open the workspace at or above `root` for a notebook or a script.

    Args:
        root: a folder in a workspace.
        options: `clock` and `gateway`, as `workbench.bootstrap.open_workbench` takes them.

    Raises:
        NotAWorkspace, NewerWorkspace, InvalidSettings, StorageUnavailable.
    """
    from workbench.notebook.project import Project  # late: the database layer takes a second to load

    return Project.open(root, **options)
