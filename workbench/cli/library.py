"""`workbench sets …`, `verify`, `export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.bootstrap import open_workbench
from workbench.cli.output import HERE, Json, Root, tell
from workbench.domain.changes import Change, Piece
from workbench.library.files import Problem

sets = typer.Typer(no_args_is_help=True)


@sets.command("list")
def list_sets(root: Root = HERE, json: Json = False) -> None:
    """List the instruction sets of the library."""
    with open_workbench(root) as wb:
        found = wb.authoring.sets()
    lines = [f"{s.newest or s.slug:32} {s.title}{'  ' + s.problem if s.problem else ''}" for s in found]
    tell([s.model_dump() for s in found], lines, as_json=json)


@sets.command()
def show(ref: str, root: Root = HERE, json: Json = False) -> None:
    """Show the text that a model reads: `therapy-mode`, `therapy-mode@1.0.0` or `draft:<id>`."""
    with open_workbench(root) as wb:
        text, content = wb.authoring.rendered(ref), wb.authoring.content(ref)
    tell({"ref": ref, "text": text, "content": content.model_dump(mode="json")}, [text], as_json=json)


@sets.command()
def diff(before: str, after: str, root: Root = HERE, json: Json = False) -> None:
    """Show what changed between two versions or drafts, in words."""
    with open_workbench(root) as wb:
        changes = wb.authoring.difference(before, after)
    lines = [f"{c.clause_id} ({c.kind})  {''.join(map(_marked, c.pieces))}" for c in changes]
    tell([{**c.model_dump(mode="json"), "kind": c.kind} for c in changes], lines or ["No difference."], as_json=json)


@sets.command()
def lint(ref: str, root: Root = HERE, json: Json = False) -> None:
    """Show what the rules find in a version or draft; exit code 1 when there is an error."""
    with open_workbench(root) as wb:
        found = wb.authoring.lint(ref)
    lines = [f"{f.severity.value:8} {f.where}: {f.sentence} [{f.rule}]" for f in found]
    tell([f.model_dump(mode="json") for f in found], lines or ["Nothing found."], as_json=json)
    raise typer.Exit(int(any(f.severity.value == "error" for f in found)))


@sets.command("verify")
def verify_sets(root: Root = HERE, json: Json = False) -> None:
    """The same as `workbench verify`."""
    verify(root, json)


def verify(root: Root = HERE, json: Json = False) -> None:
    """Check every version file against its digest; exit code 1 when one differs."""
    with open_workbench(root) as wb:
        problems = wb.authoring.verify()
        versions = sum(len(wb.library.numbers(s.slug)) for s in wb.library.sets())
    lines = [p.sentence for p in problems] or [f"All {versions} versions are as they were saved."]
    tell({"versions": versions, "problems": [_problem(p) for p in problems]}, lines, as_json=json)
    raise typer.Exit(int(bool(problems)))


def export(
    ref: str,
    to: Annotated[Path, typer.Option("--to", help="Folder or .zip file to write.")] = HERE,
    format: Annotated[list[str] | None, typer.Option("--format", help="Only this format; may be repeated.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a version as a bundle marked *draft: not approved*."""
    with open_workbench(root) as wb:
        bundle = wb.releasing.export(ref, format or ())
    path = to / bundle.name if to.is_dir() else to
    path.write_bytes(bundle.data)
    value = {"path": str(path), "sha256": bundle.sha256, "files": sorted(bundle.files), "status": "draft: not approved"}
    tell(value, [f"{path} (draft: not approved)"], as_json=json)


def _marked(piece: Piece) -> str:
    return {Change.SAME: "{}", Change.ADDED: "[+{}+]", Change.REMOVED: "[-{}-]"}[piece.change].format(piece.text)


def _problem(problem: Problem) -> dict[str, Any]:
    return {"path": str(problem.path), "sentence": problem.sentence}
