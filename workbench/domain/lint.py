"""Rules over an instruction set: each with an id, a severity, what it found and what to do."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from workbench.domain.instructions import InstructionSet, placeholders, word_count
from workbench.domain.readability import grade
from workbench.domain.sections import SectionKind
from workbench.domain.values import Value

MAX_WORDS = 900
MAX_GRADE = 10.0


class Severity(StrEnum):
    """An error stops an approval; a warning asks for a look."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Value):
    """One thing a rule found."""

    rule: str
    severity: Severity
    where: str
    sentence: str


Rule = Callable[[InstructionSet], Iterator[Finding]]

_CLAIMS = re.compile(
    r"\b(?:you are|act as|pretend to be|as) (?:a|an|the|their)? ?(?:licensed |registered |real |human )*"
    r"(?:therapist|psychologist|psychiatrist|counselor|counsellor|doctor|clinician|human being)\b",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"\b(?:i|we|it)(?:'ll| will) (?:remember|call|alert|notify|check back|tell someone|always be here)\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:not|never|no|don't|avoid|bad)\b", re.IGNORECASE)
_ROLE_LINE = re.compile(r"^\s*(?:user|assistant|system|human|ai)\s*:", re.IGNORECASE | re.MULTILINE)
_PHONE = re.compile(r"\b(?:988|911|999|112|116 ?123|13 ?11 ?14|1-800[\d-]+|0800[\d ]+)\b")


def lint(instructions: InstructionSet) -> tuple[Finding, ...]:
    """All findings, errors first."""
    found = [finding for rule in RULES for finding in rule(instructions)]
    return tuple(sorted(found, key=lambda f: f.severity is Severity.WARNING))


def _finding(rule: str, severity: Severity, where: str, sentence: str) -> Finding:
    return Finding(rule=rule, severity=severity, where=where, sentence=sentence)


def _sections_present(instructions: InstructionSet) -> Iterator[Finding]:
    for kind in SectionKind:
        if not instructions.section(kind).clauses:
            yield _finding("section-missing", Severity.ERROR, kind.heading, f"{kind.heading} is empty. {kind.question}")


def _variables(instructions: InstructionSet) -> Iterator[Finding]:
    declared = {v.name for v in instructions.variables}
    used: set[str] = set()
    for clause in instructions.clauses():
        names = set(placeholders(clause.text))
        used |= names
        for name in sorted(names - declared):
            text = f"{{{{ {name} }}}} is not declared. Declare the variable, or remove the braces."
            yield _finding("variable-unknown", Severity.ERROR, clause.id, text)
    for name in sorted(declared - used):
        text = f"The variable {name} is declared and never used. Use it or take it out."
        yield _finding("variable-unused", Severity.WARNING, "Variables", text)


def _crisis_resources(instructions: InstructionSet) -> Iterator[Finding]:
    section = instructions.section(SectionKind.CRISIS_PROTOCOL)
    if section.clauses and not any("crisis_resources" in placeholders(c.text) for c in section.clauses):
        text = "The crisis protocol does not use {{ crisis_resources }}, so it may name numbers that are not checked."
        yield _finding("crisis-resources-missing", Severity.ERROR, section.kind.heading, text)
    for clause in instructions.clauses():
        if number := _PHONE.search(clause.text):
            text = f"{number[0]} looks like a phone number of one country. Use {{{{ crisis_resources }}}} instead."
            yield _finding("number-without-place", Severity.WARNING, clause.id, text)


def _claims(instructions: InstructionSet) -> Iterator[Finding]:
    for clause in instructions.clauses():
        for pattern, what in (
            (_CLAIMS, "says that the model is a professional or a person"),
            (_PROMISES, "promises what only people or the application can do"),
        ):
            match = pattern.search(clause.text)
            if match and not _NEGATED.search(clause.text[max(0, match.start() - 40) : match.start()]):
                sentence = f'"{match[0]}" {what}. Reword it, or say that it is not so.'
                yield _finding("claim", Severity.ERROR, clause.id, sentence)


def _length(instructions: InstructionSet) -> Iterator[Finding]:
    words = sum(word_count(c.text) for c in instructions.clauses())
    if words > MAX_WORDS:
        text = f"{words} words; models follow shorter instructions better. Aim at {MAX_WORDS}."
        yield _finding("too-long", Severity.WARNING, "The whole set", text)


def _reading(instructions: InstructionSet) -> Iterator[Finding]:
    if not instructions.language.startswith("en"):
        return
    for section in instructions.sections:
        level = grade(" ".join(c.text for c in section.clauses))
        if level is not None and level > MAX_GRADE:
            text = f"{section.kind.heading} reads like school grade {level:.0f}. Shorter sentences are followed better."
            yield _finding("hard-to-read", Severity.WARNING, section.kind.heading, text)


def _export_hazards(instructions: InstructionSet) -> Iterator[Finding]:
    for clause in instructions.clauses():
        if _ROLE_LINE.search(clause.text):
            text = "A line starts with a role such as User:. Some formats cut the text there; write it as a sentence."
            yield _finding("role-line", Severity.WARNING, clause.id, text)


def _checks(instructions: InstructionSet) -> Iterator[Finding]:
    without = [c.id for c in instructions.clauses() if not c.check]
    if without:
        some = ", ".join(without[:6])
        text = f"{len(without)} clauses have no yes/no check, so nobody can say if they are kept: {some}."
        yield _finding("check-missing", Severity.WARNING, "The whole set", text)


RULES: tuple[Rule, ...] = (
    _sections_present,
    _variables,
    _crisis_resources,
    _claims,
    _length,
    _reading,
    _export_hazards,
    _checks,
)
