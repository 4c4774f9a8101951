"""Instruction sets: sections of clauses, rendered into the one text that a model reads."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from workbench.domain.sections import SectionKind
from workbench.domain.values import Value
from workbench.errors import MissingValue, NotFound, UnknownVariable

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[0-9]{2,4}$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ClauseText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]

_PLACEHOLDER = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,39}) *\}\}")


class Clause(Value):
    """One instruction, with an id that survives rewording."""

    id: ClauseId
    text: ClauseText
    rationale: str = ""
    source: str = ""
    technique: str = ""
    check: str = ""
    """A yes/no question about an answer that shows whether the clause was kept."""


class Section(Value):
    """The clauses of one kind."""

    kind: SectionKind
    clauses: tuple[Clause, ...] = ()


class Variable(Value):
    """A declared placeholder, `{{ name }}`, filled when the text is rendered."""

    name: VariableName
    description: str
    default: str = ""


class InstructionSet(Value):
    """What we tell the model: all the content of a draft or a version, without its number or history."""

    slug: Slug
    public_name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    purpose: str = ""
    language: str = "en"
    variables: tuple[Variable, ...] = ()
    sections: tuple[Section, ...] = ()
    host_obligations: tuple[str, ...] = ()
    """What only the application around the model can do; never part of the rendered text."""

    @model_validator(mode="after")
    def _ids_and_names_are_unique(self) -> Self:
        for what, names in (
            ("clause id", [clause.id for clause in self.clauses()]),
            ("section", [section.kind.value for section in self.sections]),
            ("variable", [variable.name for variable in self.variables]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is used more than once")
        return self

    def clauses(self) -> Iterator[Clause]:
        """Every clause, in the order of the file."""
        return (clause for section in self.sections for clause in section.clauses)

    def section(self, kind: SectionKind) -> Section:
        """The section of that kind, empty when it has not been written."""
        return next((s for s in self.sections if s.kind is kind), Section(kind=kind))

    def clause(self, clause_id: str) -> Clause:
        """The clause with that id. Raises NotFound."""
        for clause in self.clauses():
            if clause.id == clause_id:
                return clause
        raise NotFound(f"There is no clause {clause_id} in {self.slug}. Nothing was changed.")

    def section_of(self, clause_id: str) -> SectionKind:
        """The kind of the section that holds the clause. Raises NotFound."""
        self.clause(clause_id)
        return next(s.kind for s in self.sections if any(c.id == clause_id for c in s.clauses))

    def with_section(self, section: Section) -> Self:
        """A copy in which the section of that kind is the given one, in reading order."""
        others = [s for s in self.sections if s.kind is not section.kind]
        order = list(SectionKind)
        return self.replace(sections=tuple(sorted([*others, section], key=lambda s: order.index(s.kind))))

    def with_clause(self, clause: Clause) -> Self:
        """A copy in which the clause of that id is the given one. Raises NotFound."""
        section = self.section(self.section_of(clause.id))
        clauses = tuple(clause if c.id == clause.id else c for c in section.clauses)
        return self.with_section(section.replace(clauses=clauses))

    def without_clause(self, clause_id: str) -> Self:
        """A copy without that clause. Raises NotFound."""
        section = self.section(self.section_of(clause_id))
        return self.with_section(section.replace(clauses=tuple(c for c in section.clauses if c.id != clause_id)))

    def with_new_clause(self, kind: SectionKind, text: str) -> Self:
        """A copy with one more clause at the end of a section."""
        section = self.section(kind)
        clause = Clause(id=self.next_clause_id(kind), text=text)
        return self.with_section(section.replace(clauses=(*section.clauses, clause)))

    def next_clause_id(self, kind: SectionKind) -> str:
        """An id of the section's prefix that no clause has, higher than those in use."""
        used = [int(c.id[3:]) for c in self.clauses() if c.id.startswith(kind.prefix)]
        return f"{kind.prefix}-{max(used, default=0) + 1:02d}"


def placeholders(text: str) -> tuple[str, ...]:
    """Names used as `{{ name }}` in a text, in order, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Fill `{{ name }}` in one pass; filled-in text is never looked at again, and nothing else is altered.

    Raises:
        UnknownVariable: a placeholder has no entry in `values`.
    """

    def fill(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise UnknownVariable(
                f"The text uses {{{{ {match[1]} }}}}, which is not declared. Your text is kept. "
                "Declare the variable, or remove the braces."
            )
        return values[match[1]]

    return _PLACEHOLDER.sub(fill, text)


def values_for(instructions: InstructionSet, values: Mapping[str, str]) -> dict[str, str]:
    """One value for each declared variable: the given one, else its default.

    Raises:
        MissingValue: a variable that a clause uses has neither.
    """
    used = {name for clause in instructions.clauses() for name in placeholders(clause.text)}
    filled = {v.name: values.get(v.name) or v.default for v in instructions.variables}
    missing = sorted(name for name in used & filled.keys() if not filled[name])
    if missing:
        raise MissingValue(
            f"{', '.join(missing)} has no value yet. Your text is kept. Give a value, or a default in the set."
        )
    return filled


def render(instructions: InstructionSet, values: Mapping[str, str] | None = None) -> str:
    """The text that the model reads: byte-identical for equal content and values; ends with a newline.

    Raises:
        UnknownVariable: a clause uses a variable that is not declared.
        MissingValue: a declared variable has neither a value nor a default.

    A set without clauses renders to the empty text: the baseline "no instructions".
    """
    filled = values_for(instructions, values or {})
    parts = []
    for kind in SectionKind:
        clauses = instructions.section(kind).clauses
        if clauses:
            texts = (substitute(clause.text.strip(), filled) for clause in clauses)
            parts.append("\n\n".join([f"# {kind.heading}", *texts]))
    return "\n\n".join(parts) + "\n" if parts else ""


def word_count(text: str) -> int:
    """Words separated by white space."""
    return len(text.split())


def digest(data: str | bytes) -> str:
    """SHA-256 of the bytes (text as UTF-8), in lower-case hexadecimal."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()
