"""`workbench converse`."""

import sys
from typing import Annotated, Any

import typer

from workbench.bootstrap import open_workbench
from workbench.cli.output import HERE, Json, Root, tell
from workbench.domain.conversations import ArmSpec
from workbench.live.progress import Progress
from workbench.services.results import results


def converse(
    say: Annotated[str, typer.Option("--say", help="What the person says.")],
    set: Annotated[list[str] | None, typer.Option("--set", help="Instructions; may be repeated.")] = None,
    arm: Annotated[list[str] | None, typer.Option("--arm", help="A model of workbench.toml; may be repeated.")] = None,
    no_real_person: Annotated[
        bool, typer.Option("--no-real-person", help="Confirm that no real person's words leave this computer.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Send one message to every version x model, and print the answers side by side."""
    with open_workbench(root) as wb:
        models = arm or [wb.settings.models[0].name]
        arms = [ArmSpec(instructions=ref, model=model) for ref in set or [""] for model in models]
        if no_real_person:
            wb.conversing.consent()
        comparison = wb.conversing.start(arms)
        wb.conversing.say(comparison, say)
        told = results(wb.conversing.wait(comparison, _progress() if sys.stderr.isatty() else lambda _: None))
    tell([r.model_dump(mode="json") for r in told], [line for r in told for line in r.lines()], as_json=json)


def _progress() -> Any:
    """Say on a terminal that answers grow, so that nobody wonders."""
    heard = {"characters": 0}

    def tell_length(progress: Progress) -> None:
        heard["characters"] += sum(len(text) for _, text in progress.pieces.values())
        waiting = "; ".join(sorted({*progress.states.values()}))
        end = "\n" if progress.ended else "\r"
        typer.echo(f"{heard['characters']} characters so far  {waiting:40}", err=True, nl=False)
        typer.echo(end, err=True, nl=False)

    return tell_length
