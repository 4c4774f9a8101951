"""The clause editor in Chromium: what is typed is saved, and nothing of it is ever lost."""

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Pages
from tests.browser.harness import samples
from tests.browser.harness.client import Harness

pytestmark = pytest.mark.browser

Json = dict[str, Any]
STORED = "Ask before you advise."


def box(page: Page) -> Locator:
    return page.locator(".part textarea")


def status(page: Page) -> Locator:
    return page.locator(".part [role=status]")


def write(page: Page, words: str) -> None:
    """At the end of what is there, as a person would."""
    box(page).press("Control+End")
    page.keyboard.type(words)


def paste(page: Page, words: str) -> float:
    """In place of what is there, from the clipboard; gives the seconds until the editor has said something about it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("words => navigator.clipboard.writeText(words)", words)
    box(page).press("Control+a")
    before = time.monotonic()
    page.keyboard.press("Control+v")
    expect(status(page)).not_to_have_text("Saved", timeout=30_000)
    return time.monotonic() - before


def stored(harness: Harness, case: str) -> str:
    return str(harness.tell(case)["data"]["text"])


def test_what_is_typed_is_saved_after_a_pause(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    expect(status(page)).to_have_text("Saved")
    write(page, " One at a time.")
    expect(status(page)).to_have_text("Typing…")
    expect(status(page)).to_have_text("Saved")
    assert stored(harness, case) == STORED + " One at a time."
    typed = harness.heard(case, "typed")
    assert len(typed) == 1, "one event after the pause, not one for each key"
    assert (typed[0]["clause"], typed[0]["base"]) == ("draft1/c1", "v")
    assert page.evaluate("sessionStorage.length") == 0


def test_typing_on_and_on_never_conflicts_with_itself(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause(""))
    sentence = "Some words typed slowly enough that saving and typing cross each other."
    box(page).press("Control+End")
    for word in sentence.split(" "):
        page.keyboard.type(word + " ")
        page.wait_for_timeout(310)
    expect(status(page)).to_have_text("Saved")
    expect(box(page)).to_have_value(sentence + " ")
    now = harness.tell(case)
    assert now["data"]["text"] == sentence + " "
    assert not now["data"]["conflict"]


def test_a_reload_in_mid_word_loses_nothing(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    write(page, " Half a wo")
    page.reload()
    expect(box(page)).to_have_value(STORED + " Half a wo")
    expect(status(page)).to_have_text("Saved")
    write(page, "rd.")
    expect(status(page)).to_have_text("Saved")
    assert stored(harness, case) == STORED + " Half a word."


def test_what_cannot_be_saved_is_kept_and_said(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, saves=False)
    write(page, " Unsaved.")
    expect(status(page)).to_have_text("Not saved yet \u2013 kept in this browser", timeout=10_000)
    page.reload()
    expect(box(page)).to_have_value(STORED + " Unsaved.")
    harness.tell(case, saves=True)
    expect(status(page)).to_have_text("Saved", timeout=10_000)
    assert stored(harness, case) == STORED + " Unsaved."


def test_a_reload_while_saving_is_no_conflict(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, saves=False)
    write(page, " One")
    harness.heard(case, "typed")
    write(page, " two")
    saved = samples.clause(STORED + " One", saved_token="v+")
    harness.tell(case, data=saved, saves=True)
    page.reload()
    expect(status(page)).to_have_text("Saved")
    now = harness.tell(case)["data"]
    assert (now["text"], now["conflict"]) == (STORED + " One two", None)


def test_somebody_elses_text_appears_only_where_nobody_writes(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, data=samples.clause("Theirs.", saved_token="w"))
    page.get_by_role("button", name="Run again").click()
    expect(box(page)).to_have_value("Theirs.")
    harness.tell(case, saves=False)
    write(page, " Mine.")
    harness.tell(case, data=samples.clause("Theirs again.", saved_token="x"))
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("run 4", exact=True)).to_be_visible()
    expect(box(page)).to_have_value("Theirs. Mine.")


@pytest.mark.parametrize(("button", "outcome"), [("Keep mine", STORED + " Mine."), ("Take theirs", "Theirs.")])
def test_a_conflict_shows_both_texts(open_case: Open, harness: Harness, case: str, button: str, outcome: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, data=samples.clause("Theirs.", saved_token="w"))
    write(page, " Mine.")
    conflict = page.get_by_role("group", name="Two texts of this clause")
    expect(conflict).to_contain_text("Theirs.")
    expect(box(page)).to_have_value(STORED + " Mine.")
    expect(status(page)).to_have_text("Choose which text to keep.")
    page.reload()
    expect(conflict).to_contain_text("Theirs.")
    expect(box(page)).to_have_value(STORED + " Mine.")
    page.get_by_role("button", name=button).click()
    expect(conflict).to_be_hidden()
    expect(status(page)).to_have_text("Saved")
    expect(box(page)).to_have_value(outcome)
    assert stored(harness, case) == outcome


def test_done_waits_until_the_last_word_is_saved(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, saves=False)
    write(page, " Last.")
    page.get_by_role("button", name="Done").click()
    harness.heard(case, "typed")
    page.wait_for_timeout(300)
    assert "done" not in [event["kind"] for event in harness.tell(case)["events"]]
    harness.tell(case, saves=True)
    assert len(harness.heard(case, "done")) == 1
    assert stored(harness, case) == STORED + " Last."


def test_a_megabyte_neither_freezes_nor_is_sent(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    long = "word " * 200_000
    assert paste(page, long) < 3
    expect(status(page)).to_have_text(
        "Not saved: 1,000,000 characters, and a clause has at most 20,000 \u2013 kept in this browser"
    )
    page.wait_for_timeout(500)
    page.reload()
    expect(box(page)).to_have_value(long)
    assert not harness.tell(case)["events"]
    box(page).fill("Short.")
    expect(status(page)).to_have_text("Saved")
    assert stored(harness, case) == "Short."


def test_the_limit_counts_characters_as_python_does(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    box(page).fill("🙂" * 20_000)
    expect(status(page)).to_have_text("Saved")
    assert len(stored(harness, case)) == 20_000


def test_one_key_for_two_clauses_mixes_nothing(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause())
    harness.tell(case, saves=False)
    write(page, " Mine.")
    other = samples.clause("Another clause.", clause_key="draft1/c2")
    harness.tell(case, data=other, saves=True)
    page.get_by_role("button", name="Run again").click()
    expect(box(page)).to_have_value("Another clause.")
    harness.tell(case, data=samples.clause())
    page.get_by_role("button", name="Run again").click()
    expect(box(page)).to_have_value(STORED + " Mine.")
    expect(status(page)).to_have_text("Saved")
    assert all(event["text"] != "Another clause." for event in harness.heard(case, "typed"))


def test_foreign_line_endings_are_not_a_change(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.clause("One.\r\nTwo."))
    expect(status(page)).to_have_text("Saved")
    box(page).focus()
    box(page).blur()
    page.wait_for_timeout(400)
    assert not harness.tell(case)["events"]


def test_hostile_words_stay_words(open_case: Open, new_page: Pages) -> None:
    hostile = (
        '<img src=x onerror="fetch(`http://leak.test/`)"> ![p](http://leak.test/p) </textarea><script>x()</script>'
    )
    page = open_case(samples.clause(hostile, label=hostile, conflict={"theirs": hostile, "yours": hostile + "!"}))
    expect(page.locator(".part .theirs")).to_have_text(hostile)
    expect(box(page)).to_have_value(hostile + "!")
    assert page.locator(".part :is(img, script, iframe, a)").count() == 0
    assert not new_page.problems
