"""What a version says about itself when it leaves the workbench."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.domain.instructions import InstructionSet, digest, values_for, word_count
from workbench.domain.sections import SectionKind
from workbench.domain.values import Value
from workbench.domain.versions import NumberText, Version

NOT_REVIEWED = "not yet reviewed by a clinician"
INTERNAL_NAME = "[internal name]"


class Status(StrEnum):
    """How far a version has come; the value is the wording that every exported file carries."""

    DRAFT = "draft: not approved"

    @property
    def word(self) -> str:
        """The one word that stands in file names."""
        return self.value.partition(":")[0]


class FilledVariable(Value):
    """A placeholder of the instructions and what it was filled with."""

    name: str
    description: str
    value: str


class ClauseLine(Value):
    """One clause with what is known about it; `text` still holds its placeholders."""

    id: str
    section: SectionKind
    text: str
    rationale: str = ""
    source: str = ""
    technique: str = ""
    check: str = ""


class Card(Value):
    """Everything that an export says about one rendered version."""

    public_name: str
    internal_ref: str = Field(default="", exclude=True, repr=False)
    """`slug@1.2.0`, for our own database; left out of every dump, so that no exported file can hold it."""
    number: NumberText
    parent: NumberText | None
    status: Status
    reviewed_by: tuple[str, ...]
    saved_by: str
    saved_at: dt.datetime
    reason: str
    version_sha256: str
    """SHA-256 of the bytes of the version's file."""
    text: str
    """What the model reads."""
    text_sha256: str
    word_count: int
    """Words in `text`."""
    language: str
    locale: str
    """The place the text was rendered for; empty when it is not known."""
    purpose: str
    host_obligations: tuple[str, ...]
    variables: tuple[FilledVariable, ...]
    crisis_resources: Literal["unverified"]
    """Whether a person confirmed the crisis resources in the text."""
    models: tuple[str, ...]
    """Names of the models that the version was tried on."""
    clauses: tuple[ClauseLine, ...]

    @model_validator(mode="after")
    def _text_and_digest_agree(self) -> Self:
        if digest(self.text) != self.text_sha256:
            raise ValueError("the text does not have the SHA-256 that the card names")
        return self

    @property
    def review(self) -> str:
        """Who reviewed the version, or that no clinician has."""
        return ", ".join(self.reviewed_by) or NOT_REVIEWED


def card_of(  # noqa: PLR0913 - a card gathers what lies in a file, in the settings and in the database
    version: Version,
    file_digest: str,
    rendered: str,
    values: Mapping[str, str],
    *,
    locale: str = "",
    models: Sequence[str] = (),
) -> Card:
    """The card of a version whose file has `file_digest` and which reads `rendered` when filled with `values`.

    People's notes lose the internal slug; the text that the model reads is never altered. Raises MissingValue.
    """
    content = version.content
    public = _public_words(content)
    return Card(
        public_name=content.public_name,
        internal_ref=version.ref,
        number=version.number,
        parent=version.parent,
        status=Status.DRAFT,
        reviewed_by=version.reviewed_by,
        saved_by=version.saved_by,
        saved_at=version.saved_at,
        reason=public(version.reason),
        version_sha256=file_digest,
        text=rendered,
        text_sha256=digest(rendered),
        word_count=word_count(rendered),
        language=content.language,
        locale=locale,
        purpose=public(content.purpose),
        host_obligations=tuple(map(public, content.host_obligations)),
        variables=_filled_variables(content, values_for(content, values), public),
        crisis_resources="unverified",
        models=tuple(dict.fromkeys(models)),
        clauses=_clause_lines(content, public),
    )


def file_stem(card: Card) -> str:
    """The start of every exported file's name, such as `reflective-support-1.1.0-draft`: a-z, 0-9, dots and hyphens.

    A name without any Latin letter or digit gives `instructions-1.1.0-draft`.
    """
    return f"{_hyphenated(card.public_name) or 'instructions'}-{card.number}-{card.status.word}"


def one_line(text: str) -> str:
    """The text on one line: line breaks as ↵, other control characters and reordering marks by their code point.

    A name or a note can then neither start a line of its own nor turn round how the words beside it are read.
    """
    return _INVISIBLE.sub(lambda m: f"[U+{ord(m[0]):04X}]", _LINE_BREAK.sub(" ↵ ", text.strip()))


_LINE_BREAK = re.compile("(?:\r\n|[\n\r\v\f\x85\u2028\u2029])+")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _hyphenated(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _public_words(content: InstructionSet) -> Callable[[str], str]:
    """A function that takes the internal slug out of a note.

    `slug@1.2.0` can only mean the set. The bare slug is replaced when it has a hyphen: a slug of one word, such as
    `sleep`, is an ordinary word of the notes.
    """
    slug = re.escape(content.slug)
    whole = rf"(?<![\w-]){slug}(?P<number>@[0-9.]*[0-9])?(?![\w-])"
    no_secret = "-" not in slug or content.slug == _hyphenated(content.public_name)

    def name(match: re.Match[str]) -> str:
        if match["number"]:
            return f"{content.public_name} {match['number'][1:]}"
        return match[0] if no_secret else INTERNAL_NAME

    return lambda note: re.sub(whole, name, note, flags=re.IGNORECASE)


def _filled_variables(
    content: InstructionSet, filled: Mapping[str, str], public: Callable[[str], str]
) -> tuple[FilledVariable, ...]:
    return tuple(
        FilledVariable(name=v.name, description=public(v.description), value=filled[v.name]) for v in content.variables
    )


def _clause_lines(content: InstructionSet, public: Callable[[str], str]) -> tuple[ClauseLine, ...]:
    return tuple(
        ClauseLine(
            id=clause.id,
            section=kind,
            text=clause.text,
            rationale=public(clause.rationale),
            source=public(clause.source),
            technique=public(clause.technique),
            check=public(clause.check),
        )
        for kind in SectionKind
        for clause in content.section(kind).clauses
    )
