"""Versions: immutable instruction sets with a semantic number and the reason they were saved."""

import datetime as dt
import re
from enum import StrEnum
from functools import total_ordering
from typing import Annotated, Self

from pydantic import BeforeValidator, PlainSerializer, StringConstraints

from workbench.domain.instructions import InstructionSet
from workbench.domain.sections import SAFETY_SECTIONS
from workbench.domain.values import Value
from workbench.errors import NotFound

_NUMBER = re.compile(r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$")


@total_ordering
class Number(Value):
    """A semantic version number."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.2.0`. Raises ValueError."""
        match = _NUMBER.match(text)
        if not match:
            raise ValueError(f"{text!r} is not a version number like 1.2.0")
        return cls(major=int(match[1]), minor=int(match[2]), patch=int(match[3]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def __lt__(self, other: "Number") -> bool:
        return (self.major, self.minor, self.patch) < (other.major, other.minor, other.patch)

    def bump(self, by: "Bump") -> "Number":
        """The next number of that kind."""
        match by:
            case Bump.MAJOR:
                return Number(major=self.major + 1, minor=0, patch=0)
            case Bump.MINOR:
                return Number(major=self.major, minor=self.minor + 1, patch=0)
            case Bump.PATCH:
                return Number(major=self.major, minor=self.minor, patch=self.patch + 1)


def _number(value: object) -> object:
    return Number.parse(value) if isinstance(value, str) else value


NumberText = Annotated[Number, BeforeValidator(_number), PlainSerializer(str, return_type=str)]


class Bump(StrEnum):
    """How far a version number moves."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


class Version(Value):
    """A saved instruction set. Its identity is the SHA-256 of its file's bytes, kept beside the file."""

    number: NumberText
    parent: NumberText | None = None
    content: InstructionSet
    saved_by: str
    saved_at: dt.datetime
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    reviewed_by: tuple[str, ...] = ()
    """Clinicians who reviewed this version; empty is shown as *not yet reviewed by a clinician*."""

    @property
    def ref(self) -> str:
        """The internal name, `slug@1.2.0`."""
        return f"{self.content.slug}@{self.number}"


FIRST = Number(major=1, minor=0, patch=0)


def parse_ref(ref: str) -> tuple[str, Number | None]:
    """Split `slug@1.2.0` or `slug`. Raises NotFound when it has neither form."""
    slug, _, number = ref.partition("@")
    try:
        return slug, Number.parse(number) if number else None
    except ValueError as error:
        raise NotFound(f"{ref!r} does not name a version: write it as therapy-mode@1.0.0.") from error


def propose_bump(before: InstructionSet, after: InstructionSet) -> tuple[Bump, str]:
    """How far the number should move from `before` to `after`, and why, in a sentence."""
    removed = {c.id for c in before.clauses()} - {c.id for c in after.clauses()}
    lost = sorted({before.section_of(i) for i in removed} & SAFETY_SECTIONS)
    if before.public_name != after.public_name or before.purpose != after.purpose:
        return Bump.MAJOR, "The name or the purpose changed, so it is no longer the same promise to people."
    if lost:
        titles = ", ".join(kind.heading for kind in lost)
        return Bump.MAJOR, f"A safety clause was taken out of: {titles}."
    if _what_the_model_reads(before) != _what_the_model_reads(after):
        return Bump.MINOR, "The model reads different words, so it may behave differently."
    return Bump.PATCH, "The model reads the same words; only the notes around them changed."


def _what_the_model_reads(instructions: InstructionSet) -> list[tuple[str, ...]]:
    texts = [(s.kind.value, *(c.text.strip() for c in s.clauses)) for s in instructions.sections if s.clauses]
    return [*sorted(texts), *((v.name, v.default) for v in instructions.variables)]
