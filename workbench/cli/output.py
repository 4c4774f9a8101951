"""How commands speak: one JSON value, or plain lines."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from workbench.errors import WorkbenchError

Root = Annotated[
    Path, typer.Option("--root", envvar="WORKBENCH_ROOT", help="A folder in the workspace.", show_default="here")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]

HERE = Path()


def tell(value: Any, lines: list[str], *, as_json: bool) -> None:
    """Print the value as JSON, or the lines."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def note(line: str) -> None:
    """Say something that is not the result."""
    typer.echo(line, err=True)


def fail(error: WorkbenchError, *, as_json: bool) -> NoReturn:
    """Say what went wrong and end with exit code 1."""
    if as_json:
        typer.echo(json.dumps({"error": type(error).__name__, "message": str(error)}, ensure_ascii=False))
    else:
        note(str(error))
    sys.exit(1)
