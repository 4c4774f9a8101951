import time

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import clause, instructions
from workbench.domain.changes import Change, difference, word_difference
from workbench.domain.instructions import Section
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Bump, propose_bump

words = st.lists(st.sampled_from(["ask", "plainly", "about", "it.", "Never\n", "say", "so!", "“ok”", "🦊", "\n\n"]))


@given(words, words)
def test_a_difference_rebuilds_both_texts(before: list[str], after: list[str]) -> None:
    old, new = " ".join(before), " ".join(after)
    pieces = word_difference(old, new)
    assert "".join(p.text for p in pieces if p.change is not Change.ADDED) == old
    assert "".join(p.text for p in pieces if p.change is not Change.REMOVED) == new


@given(st.text(), st.text())
def test_any_text_at_all_is_rebuilt(old: str, new: str) -> None:
    pieces = word_difference(old, new)
    assert "".join(p.text for p in pieces if p.change is not Change.ADDED) == old
    assert "".join(p.text for p in pieces if p.change is not Change.REMOVED) == new


def test_a_difference_is_told_in_whole_words() -> None:
    pieces = word_difference("Ask about self-harm.", "Ask about suicide or self-harm.")
    assert [(p.change.value, p.text) for p in pieces] == [
        ("same", "Ask about "),
        ("added", "suicide or "),
        ("same", "self-harm."),
    ]


def test_four_thousand_words_are_compared_without_a_wait() -> None:
    text = "Say what you see, not what you think. " * 500
    began = time.perf_counter()
    word_difference(text, text.replace("think", "believe", 1))
    assert time.perf_counter() - began < 2


def test_each_changed_clause_is_named_with_what_happened() -> None:
    before = instructions()
    after = before.with_clause(clause("TO-01", "Be warm, plain and brief.")).without_clause("BO-01")
    after = after.with_new_clause(SectionKind.TONE, "No jargon.")
    assert [(c.clause_id, c.kind) for c in difference(before, after)] == [
        ("TO-01", "reworded"),
        ("TO-03", "added"),
        ("BO-01", "removed"),
    ]


def test_a_moved_clause_is_moved_not_rewritten() -> None:
    before = instructions()
    tone = before.section(SectionKind.TONE)
    swapped = before.with_section(tone.replace(clauses=tuple(reversed(tone.clauses))))
    assert [c.kind for c in difference(before, swapped)] == ["moved"]
    other = before.without_clause("TO-02").with_section(
        Section(kind=SectionKind.CLOSING, clauses=(before.clause("TO-02"),))
    )
    assert [(c.section, c.kind) for c in difference(before, other)] == [(SectionKind.CLOSING, "moved")]


def test_the_proposed_number_follows_what_the_model_reads() -> None:
    before = instructions()
    reworded = before.with_clause(clause("TO-01", "Be brief."))
    noted = before.with_clause(before.clause("TO-01").replace(rationale="Dr A asked."))
    assert propose_bump(before, reworded)[0] is Bump.MINOR
    assert propose_bump(before, noted)[0] is Bump.PATCH
    assert propose_bump(before, before.without_clause("BO-01"))[0] is Bump.MAJOR
    assert propose_bump(before, before.replace(public_name="Other"))[0] is Bump.MAJOR
