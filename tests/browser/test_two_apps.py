"""Two apps on one workspace, and addresses that lead to no page."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.apps import PATIENCE, QUIET, RunningApp, patient, running_scripted
from tests.browser.conftest import Open, Pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WORDS = " ".join(f"word{n}" for n in range(100))
SLOWLY = [{"text": WORDS, "pause": 0.05}]
ANOTHER = "Another workbench is open on this workspace."

Two = tuple[RunningApp, RunningApp]


@pytest.fixture(scope="module")
def two(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("two") / "workspace"
    with running_scripted(folder, SLOWLY) as first, running_scripted(folder, SLOWLY) as second:
        yield first, second


@pytest.fixture
def open_page(new_page: Pages) -> Iterator[Open]:
    new_page.expected += QUIET

    def opened(url: str) -> Page:
        page = new_page(url)
        page.set_default_timeout(PATIENCE)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    with patient():
        yield opened


def says(app: RunningApp, sentence: str, seconds: float = 30) -> bool:
    """Whether the sentence comes to stand in the app's terminal."""
    end = time.monotonic() + seconds
    while sentence not in (told := app.log.read_text()) and time.monotonic() < end:
        time.sleep(0.1)
    return sentence in told


def test_the_second_app_says_that_another_one_is_open(two: Two) -> None:
    first, second = two
    assert says(second, ANOTHER)
    assert says(first, "The workbench is open at")
    assert ANOTHER not in first.log.read_text()
    assert {app.health()["app"] for app in two} == {"ready"}


def test_a_conversation_of_one_app_is_followed_to_its_end_in_the_other(open_page: Open, two: Two) -> None:
    first, second = two
    here = open_page(f"{first.url}/converse")
    message = here.locator('[data-testid="stChatInput"] textarea')
    message.fill("I can't sleep before exams")
    message.press("Enter")
    expect(here.locator("article[data-state=running] .text").first).to_contain_text("word0")
    there = open_page(here.url.replace(first.url, second.url))
    running = there.locator("article[data-state=running] .text").first
    expect(running).to_contain_text("word0")
    for page in (there, here):
        expect(page.locator("article[data-state=ended]")).to_have_count(2)
        assert page.locator("article .text").all_inner_texts() == [WORDS, WORDS]
        expect(page.get_by_text(re.compile("^complete"))).to_have_count(2)


def test_a_draft_of_one_app_is_edited_in_both(open_page: Open, two: Two) -> None:
    first, second = two
    here = open_page(f"{first.url}/author")
    here.get_by_role("button", name="Start a draft").click()
    expect(here.get_by_role("button", name="Save version")).to_be_visible()
    draft = here.url.partition("draft=")[2].partition("&")[0]
    there = open_page(f"{second.url}/author?draft={draft}&section=tone")
    for page, words in ((here, "Written in the first app."), (there, "Written in the second app.")):
        page.goto(f"{page.url.partition('/author')[0]}/author?draft={draft}&section=tone")
        page.locator(".st-key-edit-TO-01 button").click()
        page.get_by_role("textbox", name="Clause TO-01").fill(words)
        expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        other = there if page is here else here
        other.reload()
        expect(other.get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize("path", ["unlisted", "frame", "app"])
def test_an_address_of_no_page_says_so_and_runs_the_entry_script(
    open_page: Open, new_page: Pages, two: Two, path: str
) -> None:
    new_page.expected.append("The page that you have requested does not seem to exist")
    page = open_page(f"{two[0].url}/{path}")
    expect(page.get_by_text("Page not found").first).to_be_visible()
    expect(page.get_by_text("Made-up data only")).to_be_attached()
    expect(page.get_by_role("heading", name="Instruction Workbench", include_hidden=True)).to_be_attached()
    assert "Traceback" not in two[0].log.read_text()
