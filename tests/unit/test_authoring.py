"""Authoring: drafts, conflicts, versions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.domain.instructions import digest
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Number
from workbench.errors import Conflict, InvalidInstructions, NotFound, StorageFull, UnknownVariable, VersionExists
from workbench.library import atomic
from workbench.services.workbench import Workbench

Make = Callable[..., Workbench]


@pytest.fixture
def wb(make_workbench: Make) -> Workbench:
    return make_workbench()


def edit(wb: Workbench, draft_id: str, clause_id: str, text: str) -> None:
    now = wb.authoring.draft(draft_id).content.clause(clause_id).text
    wb.authoring.edit_clause(draft_id, clause_id, text, base=digest(now))


def test_a_draft_becomes_a_version_with_a_reason(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode@1.0.0")
    edit(wb, draft.id, "TO-01", "Sound warm.")
    stored = wb.authoring.save_version(draft.id, "Shorter.")
    assert stored.ref == "therapy-mode@1.1.0"
    assert (stored.version.saved_by, stored.version.reason, stored.version.parent) == (
        "You",
        "Shorter.",
        Number.parse("1.0.0"),
    )
    assert [c.clause_id for c in wb.authoring.difference("therapy-mode@1.0.0", stored.ref)] == ["TO-01"]
    assert wb.authoring.drafts() == ()
    assert wb.authoring.verify() == ()


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_version_needs_a_reason_and_a_change(wb: Workbench, reason: str) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    with pytest.raises(InvalidInstructions, match="Nothing was changed"):
        wb.authoring.save_version(draft.id, "no change")
    edit(wb, draft.id, "TO-01", "Sound warm.")
    with pytest.raises(InvalidInstructions, match="needs a reason"):
        wb.authoring.save_version(draft.id, reason)
    assert [d.id for d in wb.authoring.drafts()] == [draft.id]


def test_an_unknown_variable_stops_the_version_and_keeps_the_draft(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    edit(wb, draft.id, "TO-01", "Mention {{ nowhere }}.")
    with pytest.raises(UnknownVariable, match="nowhere"):
        wb.authoring.save_version(draft.id, "why")
    assert wb.authoring.draft(draft.id).content.clause("TO-01").text == "Mention {{ nowhere }}."


def test_a_number_that_is_taken_keeps_the_draft(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    edit(wb, draft.id, "TO-01", "Sound warm.")
    with pytest.raises(VersionExists, match="Your draft is kept"):
        wb.authoring.save_version(draft.id, "why", Number.parse("1.0.0"))
    assert wb.authoring.save_version(draft.id, "why").ref == "therapy-mode@1.1.0"


def test_a_full_disk_keeps_the_draft(wb: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    edit(wb, draft.id, "TO-01", "Sound warm.")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StorageFull):
        wb.authoring.save_version(draft.id, "why")
    monkeypatch.undo()
    assert wb.authoring.save_version(draft.id, "why").ref == "therapy-mode@1.1.0"


def test_two_people_on_two_clauses_lose_nothing(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    ids = [c.id for c in draft.content.clauses()][:12]

    def write(clause_id: str) -> None:
        for n in range(5):
            edit(wb, draft.id, clause_id, f"{clause_id} {n}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, ids))
    content = wb.authoring.draft(draft.id).content
    assert {content.clause(i).text for i in ids} == {f"{i} 4" for i in ids}


def test_two_edits_of_one_clause_meet_and_neither_is_lost(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    base = digest(draft.content.clause("TO-01").text)
    wb.authoring.edit_clause(draft.id, "TO-01", "Theirs.", base=base)
    with pytest.raises(Conflict, match="Both texts are kept") as met:
        wb.authoring.edit_clause(draft.id, "TO-01", "Mine.", base=base)
    assert (met.value.theirs, met.value.yours) == ("Theirs.", "Mine.")
    assert [leftover.text for leftover in wb.authoring.leftovers(draft.id)] == ["Mine."]
    assert wb.authoring.draft(draft.id).content.clause("TO-01").text == "Theirs."


def test_saying_the_same_again_is_no_conflict(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    base = digest(draft.content.clause("TO-01").text)
    wb.authoring.edit_clause(draft.id, "TO-01", "Once.", base=base)
    assert wb.authoring.edit_clause(draft.id, "TO-01", "Once.", base=base).content.clause("TO-01").text == "Once."


@pytest.mark.parametrize("text", ["", "x" * 20_001])
def test_a_clause_that_cannot_be_kept_changes_nothing(wb: Workbench, text: str) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    before = draft.content.clause("TO-01").text
    with pytest.raises(InvalidInstructions, match="between 1 and 20,000 characters"):
        edit(wb, draft.id, "TO-01", text)
    assert wb.authoring.draft(draft.id).content.clause("TO-01").text == before


def test_a_clause_that_was_taken_out_can_be_put_back(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    clause = draft.content.clause("BO-01")
    wb.authoring.take_out_clause(draft.id, "BO-01")
    wb.authoring.put_back_clause(draft.id, SectionKind.BOUNDARIES, clause)
    assert wb.authoring.draft(draft.id).content.clause("BO-01") == clause


def test_words_of_a_draft_can_be_removed_for_good(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    edit(wb, draft.id, "TO-01", "Mention the secret harbor.")
    wb.authoring.remove_words(draft.id, "TO-01")
    assert wb.authoring.draft(draft.id).content.clause("TO-01").text == "[removed]"
    private = wb.settings.private
    assert not [p.name for p in private.rglob("*") if p.is_file() and b"secret harbor" in p.read_bytes()]


def test_a_new_set_starts_from_nothing(wb: Workbench) -> None:
    draft = wb.authoring.new_set("Night Line", "Night talk")
    assert draft.slug == "night-line"
    with pytest.raises(VersionExists, match="Choose another name"):
        wb.authoring.new_set("Night line", "x")
    with pytest.raises(InvalidInstructions, match="no clause yet"):
        wb.authoring.save_version(draft.id, "first")
    wb.authoring.add_clause(draft.id, SectionKind.TONE, "Be kind.")
    assert wb.authoring.save_version(draft.id, "first").ref == "night-line@1.0.0"


def test_a_saved_draft_takes_no_more_edits(wb: Workbench) -> None:
    draft = wb.authoring.start_draft("therapy-mode")
    edit(wb, draft.id, "TO-01", "Sound warm.")
    wb.authoring.save_version(draft.id, "why")
    with pytest.raises(NotFound, match="Your text is kept"):
        wb.authoring.edit_clause(draft.id, "TO-01", "More.", base=digest("Sound warm."))


def test_a_version_swapped_behind_our_back_is_found(wb: Workbench) -> None:
    path = Path(wb.authoring.version("therapy-mode").path)
    data = path.read_bytes().replace(b"warm", b"cold")
    path.write_bytes(data)
    path.with_name(path.name + ".sha256").write_text(f"{digest(data)}  {path.name}\n")
    assert ["registered" in p.sentence for p in wb.authoring.verify()] == [True]


def test_a_set_that_cannot_be_read_hides_no_other(wb: Workbench) -> None:
    draft = wb.authoring.new_set("Other", "Other")
    wb.authoring.add_clause(draft.id, SectionKind.TONE, "Be kind.")
    path = wb.authoring.save_version(draft.id, "first").path
    path.write_text("broken: [")
    told = {s.slug: s.problem for s in wb.authoring.sets()}
    assert told["therapy-mode"] == ""
    assert "changed after it was saved" in told["other"]
