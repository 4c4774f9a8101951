import pytest

from tests.builders import clause, instructions
from workbench.domain.lint import Severity, lint
from workbench.domain.readability import grade
from workbench.domain.sections import SectionKind


def rules(tone: str) -> set[str]:
    return {f.rule for f in lint(instructions(tone=tone)) if f.where in ("TO-01", "Tone")}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("You are a licensed therapist.", "claim"),
        ("Say that you will be there: I will always be here.", "claim"),
        ("Mention {{ unknown_thing }}.", "variable-unknown"),
        ("Say: call 988.", "number-without-place"),
        ("User: hello", "role-line"),
    ],
)
def test_a_rule_finds_what_it_is_for(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize("text", ["Never say you are a therapist.", "Use 10 short words.", "Be kind to the user."])
def test_a_rule_leaves_good_text_alone(text: str) -> None:
    assert rules(text) == set()


def test_errors_come_first_and_missing_sections_are_errors() -> None:
    found = lint(instructions())
    assert {f.rule for f in found if f.severity is Severity.ERROR} == {"section-missing"}
    assert len([f for f in found if f.rule == "section-missing"]) == 10
    severities = [f.severity for f in found]
    assert severities == sorted(severities, key=lambda s: s is Severity.WARNING)


def test_a_crisis_protocol_must_use_the_registry() -> None:
    bare = instructions().with_new_clause(SectionKind.CRISIS_PROTOCOL, "Ask plainly.")
    assert "crisis-resources-missing" in {f.rule for f in lint(bare)}


def test_long_sentences_are_told_by_grade() -> None:
    hard = "Psychoeducational interventions necessitate comprehensive multidisciplinary considerations throughout."
    assert "hard-to-read" in {f.rule for f in lint(instructions().with_clause(clause("TO-01", hard)))}


def test_the_grade_is_the_published_one() -> None:
    level = grade("The cat sat on the mat.")
    assert level is not None
    assert round(level, 1) == -1.4
    assert grade("12 34") is None
