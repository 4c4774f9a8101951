"""`workbench app | init | doctor | models | bench`."""

import importlib
import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.bootstrap import init_workspace, open_workbench
from workbench.cli.output import HERE, Json, Root, note, tell
from workbench.services.checks import examine
from workbench.settings import find_root


def app(
    root: Root = HERE,
    port: Annotated[int | None, typer.Option("--port", help="8501 or the next free one by default.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser page.")] = True,
) -> None:
    """Open the workbench in a browser, on this computer only."""
    from workbench.asgi import serve  # imported late: Streamlit takes a second, and no other command needs it

    serve(find_root(root), port, browser)


def init(folder: Path, json: Json = False) -> None:
    """Make a workspace with the shipped library in FOLDER."""
    made = init_workspace(folder)
    tell({"root": str(made)}, [f"{made} is a workspace now. Open it: workbench app --root {made}"], as_json=json)


def doctor(root: Root = HERE, json: Json = False) -> None:
    """Say what works here and what does not; exit code 1 when something does not."""
    with open_workbench(root) as wb:
        checks = examine(wb)
    lines = [f"{'ok ' if c.ok else 'NO '} {c.what}: {c.sentence}" for c in checks]
    tell([c.model_dump() for c in checks], lines, as_json=json)
    raise typer.Exit(int(not all(c.ok for c in checks)))


def models(root: Root = HERE, json: Json = False) -> None:
    """List the models of workbench.toml and which keys are present; never the keys."""
    with open_workbench(root) as wb:
        present = wb.live.keys_present()
        rows = [
            {**m.model_dump(exclude={"api_base"}), "key_present": present.get(m.key_env) if m.key_env else None}
            for m in wb.settings.models
        ]
    lines = [f"{r['name']:28} {r['litellm_id']:40} {_key(r)}  {r['note']}" for r in rows]
    tell(rows, lines, as_json=json)


def bench(
    name: Annotated[str, typer.Argument(help="converse, startup, store or embedded")],
    json: Json = False,
) -> None:
    """Measure one thing, side by side in one run. Runs from a checkout with the development packages."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    try:
        run = importlib.import_module(f"tests.benchmarks.{name}").run
    except (ModuleNotFoundError, AttributeError):
        note(f"There is no bench {name!r} here. Benches live in the checkout: converse, startup, store, embedded.")
        raise typer.Exit(2) from None
    result: dict[str, Any] = run()
    tell(result, [jsonlib.dumps(result, indent=2)], as_json=json)


def _key(row: dict[str, Any]) -> str:
    return {None: "no key needed", True: "key present", False: f"key missing: {row['key_env']}"}[row["key_present"]]
