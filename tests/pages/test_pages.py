"""Pages that change state: what a click does to the workspace, and what a person reads afterwards."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import App
from workbench.domain.conversations import ArmSpec
from workbench.domain.instructions import digest
from workbench.domain.sections import SectionKind
from workbench.errors import ConsentNeeded

PAGES = ["home", "example", "author", "library", "converse", "sessions", "models", "support"]


def button(test: AppTest, label: str) -> Any:
    return next(b for b in test.button if b.label.startswith(label))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_title_and_a_next_step_in_an_empty_workspace(app: App, page: str) -> None:
    test = app.open(page)
    assert len(test.title) == 1
    assert not test.error
    assert "Made-up data only" in app.words()


@pytest.mark.parametrize("page", ["author", "library", "converse"])
def test_an_address_that_leads_nowhere_is_a_sentence(app: App, page: str) -> None:
    query = {"author": "draft", "library": "version", "converse": "comparison"}[page]
    test = app.open(page, **{query: "nowhere@1.0.0" if page == "library" else "nowhere"})
    assert len(test.error) == 1
    assert "There is no" in test.error[0].value


def test_a_message_goes_to_two_columns_and_is_reopened_by_its_address(app: App) -> None:
    test = app.open("converse")
    assert [s.label for s in test.selectbox] == [
        "Column A: instructions",
        "Column A: model",
        "Column B: instructions",
        "Column B: model",
    ]
    test.chat_input[0].set_value("I can't sleep before exams").run()
    comparison = app.wb.conversing.recent()[0]
    assert (comparison.columns, comparison.turns, comparison.first_words) == (2, 1, "I can't sleep before exams")
    assert test.query_params["comparison"] == comparison.id
    app.wb.conversing.wait(comparison.id)
    app.run()
    assert "Which was better?" in app.words()


def test_columns_are_added_changed_and_taken_out(app: App) -> None:
    test = app.open("converse")
    button(test, "Add a column").click().run()
    test.selectbox(key="instructions-2").select("").run()
    test.selectbox(key="model-2").select("embedded/smollm2").run()
    test.chat_input[0].set_value("hello").run()
    columns = app.wb.conversing.transcript(app.wb.conversing.recent()[0].id).columns
    assert [(c.instructions, c.model) for c in columns][2] == ("", "embedded/smollm2")
    app.test.query_params.clear()


def test_taking_a_column_out_leaves_one(app: App) -> None:
    test = app.open("converse")
    button(test, "Take the last one out").click().run()
    assert button(test, "Take the last one out").disabled
    assert len(test.selectbox) == 2


def test_a_message_that_looks_like_a_real_person_is_stopped_and_kept(app: App) -> None:
    test = app.open("converse")
    test.chat_input[0].set_value("Call me on +1 212 555 0142, anna.smith@example.com").run()
    assert "made-up data only" in test.error[0].value
    assert app.wb.conversing.recent() == ()
    assert test.chat_input[0].proto.value == "Call me on +1 212 555 0142, anna.smith@example.com"


def test_the_better_column_is_saved_with_a_reason(app: App) -> None:
    arms = [ArmSpec(instructions=ref, model="embedded/smollm2") for ref in ("therapy-mode", "")]
    comparison = app.wb.conversing.start(arms)
    app.wb.conversing.say(comparison, "hello")
    app.wb.conversing.wait(comparison)
    test = app.open("converse", comparison=comparison)
    button(test, "Save").click().run()
    assert "choose one of the four" in test.warning[0].value
    test.radio[0].set_value("Right")
    test.text_input[0].set_value("asked before it advised")
    button(test, "Save").click().run()
    kept = app.wb.conversing.transcript(comparison).turns[0].preferences
    assert [(p.choice.value, p.reason.body if p.reason else "") for p in kept] == [("right", "asked before it advised")]
    assert "You said: right" in app.words()


def test_consent_is_asked_once_and_the_message_waits_for_it(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    arms = [ArmSpec(instructions="", model="embedded/smollm2")]
    monkeypatch.setattr(type(app.wb.conversing), "_check_consent", _as_if_it_left)
    comparison = app.wb.conversing.start(arms)
    test = app.open("converse", comparison=comparison)
    test.chat_input[0].set_value("made up").run()
    assert "No real person's words?" in app.words()
    assert app.wb.conversing.transcript(comparison).turns == ()
    button(test, "It is made up").click().run()
    assert len(app.wb.conversing.transcript(comparison).turns) == 1
    assert "No real person's words?" not in app.words()


def _as_if_it_left(self: Any, columns: Any) -> None:
    if not self.has_consented():
        raise ConsentNeeded


def test_a_draft_is_started_edited_in_notes_and_saved(app: App) -> None:
    test = app.open("author")
    button(test, "Start a draft").click().run()
    draft = app.wb.authoring.drafts()[0]
    assert test.query_params["draft"] == draft.id
    test.radio(key="section").set_value(SectionKind.TONE).run()
    app.wb.authoring.edit_clause(draft.id, "TO-01", "Sound warm.", base=digest(draft.content.clause("TO-01").text))
    app.run()
    assert "Sound warm." in app.words()
    button(test, "Save version").click().run()
    assert "So the number **1.1.0** is proposed." in app.words()


def test_a_clause_is_added_taken_out_and_put_back(app: App) -> None:
    draft = app.wb.authoring.start_draft("therapy-mode")
    test = app.open("author", draft=draft.id, section="tone")
    test.radio(key="section").set_value(SectionKind.TONE).run()
    button(test, "Add a clause").click().run()
    added = [c.id for c in app.wb.authoring.draft(draft.id).content.clauses() if c.id.startswith("TO-")]
    assert len(added) == 2
    app.run()
    button(test, "Take it out").click().run()
    assert len([c for c in app.wb.authoring.draft(draft.id).content.clauses() if c.id.startswith("TO-")]) == 1
    button(test, "Put TO-01 back").click().run()
    assert app.wb.authoring.draft(draft.id).content.clause("TO-01")


def test_a_version_shows_what_changed_and_that_nobody_approved_it(app: App) -> None:
    draft = app.wb.authoring.start_draft("therapy-mode")
    base = digest(draft.content.clause("TO-01").text)
    app.wb.authoring.edit_clause(draft.id, "TO-01", "Sound warm and calm.", base=base)
    ref = app.wb.authoring.save_version(draft.id, "Calmer, asked for by Dr A").ref
    app.open("library", version=ref)
    words = app.words()
    assert "Draft: not approved" in words
    assert "not yet reviewed by a clinician" in words
    assert "Calmer, asked for by Dr A" in words
    assert ":small[added]" in words
    assert ":small[removed]" in words


def test_a_model_is_tried_and_nothing_is_kept(app: App) -> None:
    test = app.open("models")
    test.button(key="try-embedded/smollm2").click().run()
    assert "answer 1" in app.words()
    assert app.wb.conversing.recent() == ()
    assert "Runs inside the workbench" in app.words()


def test_support_names_places_and_says_that_nobody_checked_them(app: App) -> None:
    test = app.open("support")
    test.selectbox[0].select("en-US").run()
    assert "988" in app.words()
    assert "Not yet confirmed by a person" in app.words()


def test_home_lists_what_waits_and_what_was_said(app: App) -> None:
    app.wb.authoring.start_draft("therapy-mode")
    comparison = app.wb.conversing.start([ArmSpec(instructions="", model="embedded/smollm2")])
    app.wb.conversing.say(comparison, "hello **there**")
    app.wb.conversing.wait(comparison)
    app.open("home")
    assert "Nothing waits" not in app.words()
    assert "No conversation yet" not in app.words()
