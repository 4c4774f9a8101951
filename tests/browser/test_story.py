"""The whole story on the embedded model, in the real app, by mouse and keyboard."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.apps import QUIET, RunningApp, running
from tests.browser.conftest import Open, Pages
from workbench.exporters import bundle

pytestmark = [pytest.mark.browser, pytest.mark.embedded, pytest.mark.timeout(400)]

SECONDS = 1000
NEW_WORDS = "Sound warm, plain and unhurried."


@pytest.fixture(scope="module")
def embedded_app(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running(tmp_path_factory.mktemp("story") / "workspace") as app:
        yield app


@pytest.fixture
def open_page(new_page: Pages) -> Open:
    new_page.expected += QUIET
    return new_page


def go(page: Page, app: RunningApp, address: str) -> None:
    page.goto(app.url + address)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30 * SECONDS)


def edit_tone(page: Page) -> None:
    page.locator("label").filter(has_text=re.compile("^Tone")).click()
    expect(page.get_by_role("heading", name="Tone")).to_be_visible()
    page.locator(".st-key-edit-TO-01 button").click()
    expect(page.get_by_role("textbox", name="Clause TO-01")).to_be_visible()


def start_draft(page: Page, app: RunningApp) -> None:
    go(page, app, "/author")
    page.get_by_role("button", name="Start a draft").click()
    expect(page.get_by_role("button", name="Save version")).to_be_visible()


def test_the_whole_story(open_page: Open, embedded_app: RunningApp, tmp_path: Path) -> None:
    page = open_page(embedded_app.url)
    page.get_by_role("link", name="1 · See one session").click()
    expect(page.get_by_role("heading", name="A veiled remark")).to_be_visible()

    start_draft(page, embedded_app)
    edit_tone(page)
    box = page.get_by_role("textbox", name="Clause TO-01")
    box.fill("")
    box.press_sequentially(NEW_WORDS, delay=5)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text(NEW_WORDS).first).to_be_visible()
    draft_address = page.url

    page.get_by_role("link", name="Talk to it").click()
    expect(page.get_by_role("heading", name="Converse")).to_be_visible()
    message = page.get_by_placeholder(re.compile("Write what the person says"))
    message.fill("I can't sleep before exams")
    message.press("Enter")
    answers = page.locator("article")
    expect(answers).to_have_count(2)
    expect(page.locator("article[data-state=ended]")).to_have_count(2, timeout=200 * SECONDS)
    expect(page.get_by_text(re.compile("complete|truncated")).first).to_be_visible()
    for column in ("Draft of Reflective support", "Reflective support 1.0.0"):
        expect(page.get_by_text(column).first).to_be_visible()

    page.get_by_role("button", name="Mark, column A").click()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Mark a passage")
    dialog.get_by_role("option", name="Warm and plain").click()
    dialog.get_by_label("What should it have said instead?").fill("That sounds like a long night.")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list", name="Marks")).to_contain_text("Warm and plain")

    page.get_by_role("button", name="How does it feel?, column B").click()
    page.get_by_role("button", name="Not sure").click()
    page.get_by_label("Why (if you like)").fill("It may not have read the question.")
    page.get_by_role("button", name="Save").first.click()

    talk_address = page.url
    page.get_by_text("About the same").click()
    page.get_by_label("Why? (a word or a sentence)").fill("Both wander.")
    page.get_by_test_id("stForm").get_by_role("button", name="Save").click()
    expect(page.get_by_text("You said: about the same")).to_be_visible()

    page.goto(draft_address)
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("is proposed", exact=False)).to_be_visible()
    page.get_by_label("Why was it made?").fill("Calmer, tried side by side.")
    page.get_by_role("dialog").get_by_role("button", name="Save version").click()
    expect(page.get_by_role("heading", name="Reflective support 1.1.0")).to_be_visible()
    expect(page.get_by_text("Draft: not approved", exact=False).first).to_be_visible()
    expect(page.get_by_text("added Sound warm").first).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("button", name=re.compile("Download")).click()
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    assert path.name == "reflective-support-1.1.0-draft.zip"
    assert bundle.read(path.read_bytes()).name == path.name
    with zipfile.ZipFile(path) as zipped:
        assert NEW_WORDS in "".join(zipped.read(n).decode() for n in zipped.namelist())

    page.goto(talk_address)
    expect(page.get_by_role("list", name="Marks")).to_contain_text("That sounds like a long night.")


def test_a_reload_in_mid_word_loses_nothing(open_page: Open, embedded_app: RunningApp) -> None:
    page = open_page(embedded_app.url)
    start_draft(page, embedded_app)
    edit_tone(page)
    box = page.get_by_role("textbox", name="Clause TO-01")
    box.fill("")
    box.press_sequentially("Sound warm, plain and unhu", delay=5)
    page.reload()
    expect(page.get_by_role("heading", name="Tone")).to_be_visible()
    page.locator(".st-key-edit-TO-01 button").click()
    expect(page.get_by_role("textbox", name="Clause TO-01")).to_have_value("Sound warm, plain and unhu")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_text("Sound warm, plain and unhu").first).to_be_visible()


def test_two_people_who_write_one_clause_lose_nothing(open_page: Open, embedded_app: RunningApp) -> None:
    ana = open_page(embedded_app.url)
    start_draft(ana, embedded_app)
    edit_tone(ana)
    ben = open_page(ana.url)
    expect(ben.get_by_role("heading", name="Tone")).to_be_visible()
    ben.locator(".st-key-edit-TO-01 button").click()
    ben.get_by_role("textbox", name="Clause TO-01").fill("Ben wrote this.")
    expect(ben.get_by_text("Saved", exact=True)).to_be_visible()
    ana.get_by_role("textbox", name="Clause TO-01").fill("Ana wrote that.")
    both = ana.get_by_role("group", name="Two texts of this clause")
    expect(both).to_contain_text("Ben wrote this.")
    ana.get_by_role("button", name="Keep mine").click()
    expect(both).to_be_hidden()
    ana.reload()
    expect(ana.get_by_text("Ana wrote that.").first).to_be_visible()


def test_stop_reload_and_a_second_viewer(open_page: Open, embedded_app: RunningApp) -> None:
    page = open_page(embedded_app.url)
    go(page, embedded_app, "/converse")
    message = page.get_by_placeholder(re.compile("Write what the person says"))
    message.fill("Tell me a very long story about a quiet river and everyone who lives beside it")
    message.press("Enter")
    first = page.locator("article .text").first
    expect(first).not_to_be_empty(timeout=200 * SECONDS)
    viewer = open_page(page.url)
    expect(viewer.locator("article .text").first).not_to_be_empty(timeout=30 * SECONDS)
    page.reload()
    expect(page.locator("article .text").first).not_to_be_empty(timeout=30 * SECONDS)
    stop = page.get_by_role("button", name="Stop")
    if stop.is_visible():
        stop.click()
    for each in (page, viewer):
        expect(each.locator("article[data-state=ended]")).to_have_count(2, timeout=60 * SECONDS)
    expect(page.locator("article .text").first).not_to_be_empty()
