"""The transcript in Chromium while answers run: each word once, one connection, no event lost."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Pages
from tests.browser.harness import samples
from tests.browser.harness.client import Harness

pytestmark = pytest.mark.browser

Json = dict[str, Any]


def running_conversation(case: str, texts: tuple[str, ...] = ("", ""), token: str = "one") -> Json:
    """A column for each text, which is what the page has of a running answer."""
    turn = samples.turn("t1", [[samples.running(f"a{i}", text)] for i, text in enumerate(texts)])
    stream = {"url": f"/api/stream/{case}?token={token}"}
    return samples.conversation(len(texts), [turn], stream=stream)


def piece(at: int, text: str, answer: int = 0) -> Json:
    return {"g": {f"g-a{answer}": {"at": at, "text": text}}}


def shown(page: Page, answer: int = 0) -> Any:
    return expect(page.locator("article .text").nth(answer))


def run_again(page: Page, harness: Harness, case: str) -> None:
    """A rerun, and the page has drawn it."""
    runs = harness.tell(case)["runs"]
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text(f"run {runs + 1}", exact=True)).to_be_visible()


def test_words_appear_once_and_survive_a_broken_connection(
    open_case: Open, harness: Harness, case: str, new_page: Pages
) -> None:
    new_page.expected.append("ERR_INCOMPLETE_CHUNKED_ENCODING|net::ERR")
    page = open_case(running_conversation(case))
    before = time.time() * 1000
    harness.tell(case, push=[{"s": {"g-a0": "reading the instructions"}}])
    expect(page.locator("article").first).to_contain_text("reading the instructions")
    text = "Ich höre 🙂 dir zu. Und du?"
    harness.tell(case, push=[piece(0, text[:11]), piece(0, text[:14]), piece(0, "Gut.", 1)])
    shown(page).to_have_text(text[:14])
    harness.tell(case, drop=1, push=[piece(6, text[6:18]), piece(18, text[18:])])
    shown(page).to_have_text(text)
    shown(page, 1).to_have_text("Gut.")
    article = page.locator("article").first
    expect(article).not_to_contain_text("reading the instructions")
    first = float(article.get_attribute("data-first-token-ms") or 0)
    assert before - 5 <= first <= time.time() * 1000 + 5
    assert article.get_attribute("data-generation") == "g-a0"
    assert (article.get_attribute("data-state"), article.get_attribute("data-column")) == ("running", "col0")
    told = harness.tell(case)["connections"]
    assert [one["last"] for one in told] == [None, "4"], "the browser comes back by itself with what it has read"


def test_a_rerun_leaves_running_words_and_the_connection_alone(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case, ("",)))
    harness.tell(case, push=[piece(0, "One two three ")])
    shown(page).to_have_text("One two three ")
    node = page.locator("article .text").evaluate_handle("node => node.firstChild")
    harness.tell(case, data=running_conversation(case, ("One two",), token="two"))
    run_again(page, harness, case)
    harness.tell(case, push=[piece(14, "four")])
    shown(page).to_have_text("One two three four")
    assert node.evaluate("node => node.isConnected"), "the words were drawn anew"
    assert [one["token"] for one in harness.tell(case)["connections"]] == ["one"]


def test_a_reload_joins_the_running_answer(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case, ("",)))
    harness.tell(case, push=[piece(0, "🙂 One "), piece(6, "two ")])
    shown(page).to_have_text("🙂 One two ")
    harness.tell(case, data=running_conversation(case, ("🙂 One ",)))
    page.reload()
    shown(page).to_have_text("🙂 One two ")
    assert harness.tell(case)["connections"][-1]["from"] == "g-a0:6"


def test_a_refused_token_is_renewed(open_case: Open, harness: Harness, case: str, new_page: Pages) -> None:
    new_page.expected.append("403")
    harness.tell(case, refuse=["old"], push=[piece(0, "Here.")])
    page = open_case(running_conversation(case, ("",), token="old"))
    shown(page).to_have_text("Here.")
    assert [one["token"] for one in harness.tell(case)["connections"]] == ["old", "oldrenewed"]
    assert len(harness.heard(case, "renew")) == 1


def test_missing_words_are_read_again(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case, ("",)))
    harness.tell(case, push=[piece(8, "three ")])
    harness.heard(case, "renew")
    shown(page).to_have_text("")
    harness.tell(case, data=running_conversation(case, ("One two ",)))
    run_again(page, harness, case)
    shown(page).to_have_text("One two three ")
    harness.tell(case, push=[piece(14, "four"), {"g": {"g-unknown": {"at": 0, "text": "Who?"}}}])
    shown(page).to_have_text("One two three four")
    assert len(harness.heard(case, "renew", 2)) == 2, "an answer the page does not know makes it read again"


def test_the_end_is_told_once_and_said_aloud(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case))
    harness.tell(case, push=[piece(0, "Done."), {"e": ["g-a0"]}])
    expect(page.locator("[aria-live=polite]")).to_have_text("Column A finished.")
    ended = samples.conversation(2, [samples.turn("t1", [[samples.answer("a0", "Done.")], [samples.answer("a1")]])])
    harness.tell(case, data=ended, push=[{"end": True}])
    harness.heard(case, "finished")
    expect(page.locator("article[data-state=ended]")).to_have_count(2)
    expect(page.locator("[aria-live=polite]")).to_have_text("Column B finished.")
    run_again(page, harness, case)
    assert len(harness.heard(case, "finished")) == 1
    assert len(harness.tell(case)["connections"]) == 1
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()


def test_the_next_message_opens_the_same_path_again(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case, ("",)))
    harness.tell(case, push=[piece(0, "First."), {"end": True}])
    harness.heard(case, "finished")
    first = samples.turn("t1", [[samples.answer("a0", "First.")]])
    second = samples.turn("t2", [[samples.running("b0")]], "And then?")
    stream = {"url": f"/api/stream/{case}?token=two"}
    harness.tell(case, data=samples.conversation(1, [first, second], stream=stream))
    harness.tell(case, afresh=True, push=[{"g": {"g-b0": {"at": 0, "text": "Second."}}}])
    run_again(page, harness, case)
    shown(page, 1).to_have_text("Second.")
    assert len(harness.tell(case)["connections"]) == 2


def test_there_is_one_stop_while_anything_runs(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case))
    expect(page.get_by_text("2 answers are being written.")).to_be_visible()
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_have_count(1)
    stop.click()
    assert len(harness.heard(case, "stop")) == 1
    expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()


def test_stop_stays_in_view(open_case: Open, case: str) -> None:
    data = running_conversation(case)
    data["turns"] = [samples.turn(f"o{n}", [[samples.answer(f"o{n}{i}")] for i in "ab"]) for n in range(6)] + data[
        "turns"
    ]
    page = open_case(data, height=700)
    page.locator("article[data-state=running]").first.scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Stop", exact=True).click()


def test_an_event_that_was_lost_is_sent_again(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case))
    harness.tell(case, deaf=True)
    page.get_by_role("button", name="Stop", exact=True).click()
    harness.wait(case, lambda now: now["runs"] > 1)
    harness.tell(case, deaf=False)
    assert len(harness.heard(case, "stop")) == 1


def test_events_in_one_breath_all_arrive_once(open_case: Open, harness: Harness, case: str) -> None:
    data = running_conversation(case, ("", ""))
    data["turns"].insert(0, samples.turn("t0", [[samples.answer("x0")], [samples.failed("x1")]]))
    page = open_case(data)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.locator(".part").evaluate("""part => {
      const press = (label) => [...part.querySelectorAll('button')].find((one) => one.textContent === label).click();
      for (const label of ['Leave out', 'Stop', 'Leave out']) press(label);
    }""")
    harness.wait(case, lambda now: len(now["events"]) == 3)
    page.wait_for_timeout(500)
    assert sorted(event["kind"] for event in harness.tell(case)["events"]) == ["leave_out", "leave_out", "stop"]


def test_no_connection_stays_when_the_part_leaves_the_page(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(running_conversation(case, ("",)))
    harness.wait(case, lambda now: now["open"] == 1)
    harness.tell(case, data=samples.clause())
    run_again(page, harness, case)
    expect(page.get_by_label("Clause text")).to_be_visible()
    harness.wait(case, lambda now: now["open"] == 0)
