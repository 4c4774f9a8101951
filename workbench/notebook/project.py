"""A workspace in a notebook: one-line shortcuts over the same services as the app."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from workbench.bootstrap import open_workbench
from workbench.domain.conversations import ArmSpec
from workbench.domain.people import Person
from workbench.exporters.bundle import Bundle
from workbench.notebook.results import Difference, DraftView, Talk
from workbench.services.annotating import Annotating
from workbench.services.authoring import Authoring
from workbench.services.conversing import Conversing
from workbench.services.releasing import Releasing
from workbench.services.workbench import Workbench


class Project:
    """An open workspace. `authoring`, `conversing`, `annotating` and `releasing` are the whole interface."""

    def __init__(self, workbench: Workbench) -> None:
        self.workbench = workbench

    @classmethod
    def open(cls, root: Path | str = ".", *, as_: str = "", **options: Any) -> Self:
        """Open the workspace at or above `root`, acting as the laptop's person or as a name for them."""
        workbench = open_workbench(root, **options)
        if as_:
            workbench = workbench.acting_as(Person(id=workbench.person.id, name=as_))
        return cls(workbench)

    @property
    def authoring(self) -> Authoring:
        """Drafts, clauses, differences, versions."""
        return self.workbench.authoring

    @property
    def conversing(self) -> Conversing:
        """One message to every column."""
        return self.workbench.conversing

    @property
    def annotating(self) -> Annotating:
        """Marks, impressions, preferences."""
        return self.workbench.annotating

    @property
    def releasing(self) -> Releasing:
        """Exports."""
        return self.workbench.releasing

    def draft(self, ref: str) -> DraftView:
        """A new draft from a version, to be edited in one line: `.edit("CR-02", "…").save("why")`."""
        return DraftView(self.workbench, self.authoring.start_draft(ref).id)

    def converse(self, instructions: str | Sequence[str], models: str | Sequence[str], say: str) -> Talk:
        """Send one message to every instructions x model and wait for all answers.

        Args:
            instructions: `therapy-mode@1.0.0`, `draft:<id>`, or several; empty for no instructions.
            models: names of workbench.toml.
            say: what the person says.

        Raises:
            InvalidMessage, MayBeARealPerson, ConsentNeeded, UnknownModel, NotFound.
        """
        arms = [ArmSpec(instructions=ref, model=name) for ref in _several(instructions) for name in _several(models)]
        talk = Talk(self.workbench, self.conversing.start(arms))
        return talk.say(say)

    def compare(self, before: str, after: str) -> Difference:
        """What changed between two versions or drafts, in words."""
        return Difference(before, after, self.authoring.difference(before, after))

    def export(self, ref: str, *formats: str, to: Path | str = ".") -> Path:
        """Write a version as a bundle marked *draft: not approved*; gives its path."""
        bundle: Bundle = self.releasing.export(ref, formats)
        path = Path(to) / bundle.name
        path.write_bytes(bundle.data)
        return path

    def close(self) -> None:
        """End model processes and give up the database."""
        self.workbench.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        lines = [f"Workspace {self.workbench.settings.root}"]
        lines += [f"  {s.newest or s.slug}: {s.title}" for s in self.authoring.sets()]
        lines += [f"  draft:{d.id} of {d.slug}" for d in self.authoring.drafts()]
        return "\n".join([*lines, *(f"  model {m.name}" for m in self.workbench.settings.models)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"


def _several(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
