import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.builders import clause, instructions
from workbench.domain.instructions import InstructionSet, Section, placeholders, render, substitute
from workbench.domain.sections import SectionKind
from workbench.errors import MissingValue, NotFound, UnknownVariable


def test_rendering_puts_sections_in_reading_order_whatever_the_file_says() -> None:
    forwards = instructions()
    backwards = forwards.replace(sections=tuple(reversed(forwards.sections)))
    assert render(forwards) == render(backwards)
    assert render(forwards).startswith("# Role and scope\n\nYou listen for this service.\n\n# Tone\n")


def test_a_given_value_beats_the_default() -> None:
    assert "for the night line." in render(instructions(), {"organization": "the night line"})


def test_a_set_without_clauses_renders_to_nothing() -> None:
    assert render(InstructionSet(slug="none", public_name="None")) == ""


def test_an_undeclared_variable_is_told_and_not_guessed() -> None:
    with pytest.raises(UnknownVariable, match="nowhere"):
        render(instructions(tone="Mention {{ nowhere }}."))


def test_a_variable_without_a_value_is_told() -> None:
    bare = instructions()
    bare = bare.replace(variables=(bare.variables[0].replace(default=""),))
    with pytest.raises(MissingValue, match="organization"):
        render(bare)


def test_a_filled_in_text_is_never_looked_at_again() -> None:
    assert substitute("{{ a }}", {"a": "{{ b }}", "b": "no"}) == "{{ b }}"


@given(st.text(), st.text())
def test_substitution_alters_nothing_but_placeholders(text: str, value: str) -> None:
    names = placeholders(text)
    filled = substitute(text + "{{ known }}", {name: "x" for name in names} | {"known": value})
    assert filled.endswith(value)
    if not names:
        assert filled == text + value


def test_a_clause_id_may_stand_only_once() -> None:
    twice = Section(kind=SectionKind.TONE, clauses=(clause(), clause()))
    with pytest.raises(ValidationError, match="clause id TO-01 is used more than once"):
        InstructionSet(slug="x", public_name="X", sections=(twice,))


def test_clauses_are_replaced_added_and_taken_out_by_id() -> None:
    edited = instructions().with_clause(clause("TO-02", "Use very short sentences."))
    assert edited.clause("TO-02").text == "Use very short sentences."
    added = edited.with_new_clause(SectionKind.CRISIS_PROTOCOL, "Ask plainly.")
    assert [c.id for c in added.section(SectionKind.CRISIS_PROTOCOL).clauses] == ["CR-01"]
    assert added.next_clause_id(SectionKind.TONE) == "TO-03"
    assert "TO-01" not in {c.id for c in added.without_clause("TO-01").clauses()}
    with pytest.raises(NotFound, match="TO-09"):
        added.without_clause("TO-09")
