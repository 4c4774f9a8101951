"""Small instruction sets for tests."""

import datetime as dt

from workbench.domain.instructions import Clause, InstructionSet, Section, Variable
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Number, Version


def clause(id: str = "TO-01", text: str = "Be warm and plain.", **more: str) -> Clause:
    return Clause(id=id, text=text, **more)


def instructions(slug: str = "calm", *, tone: str = "Be warm and plain.") -> InstructionSet:
    return InstructionSet(
        slug=slug,
        public_name="Calm talk",
        variables=(Variable(name="organization", description="who offers it", default="this service"),),
        sections=(
            Section(kind=SectionKind.ROLE_AND_SCOPE, clauses=(clause("RS-01", "You listen for {{ organization }}."),)),
            Section(kind=SectionKind.TONE, clauses=(clause("TO-01", tone), clause("TO-02", "Use short sentences."))),
            Section(kind=SectionKind.BOUNDARIES, clauses=(clause("BO-01", "Never name a diagnosis."),)),
        ),
    )


def version(number: str = "1.0.0", content: InstructionSet | None = None, reason: str = "First.") -> Version:
    return Version(
        number=Number.parse(number),
        content=content or instructions(),
        saved_by="ana",
        saved_at=dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC),
        reason=reason,
    )
