"""Hostile words in every place where words can come from, on every page: nothing is fetched, linked or run."""

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request, expect

from tests.browser import hostile
from tests.browser.apps import PATIENCE, QUIET, RunningApp, patient, running_scripted
from tests.workspaces import scripted
from workbench.domain.instructions import digest
from workbench.domain.sections import SectionKind

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
HARMLESS = (*QUIET, r"^console warning: Warning: Third-party")

TELL = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP violation: ${event.effectiveDirective} ${event.blockedURI}`));
"""

# Everything in the page, shadow trees included, that would fetch from, lead to or send to the canary, or that no
# Markdown of ours ever makes.
LOOK = """(host) => {
  const found = [];
  const names = "href xlink:href src srcset srcdoc poster data action formaction background style content".split(" ");
  const alien = "a img picture iframe object embed video audio form input style link script use".split(" ");
  const inHeading = (node) => node.localName === "a" && node.closest("h1, h2, h3, h4, h5, h6");
  const look = (root) => {
    for (const node of root.querySelectorAll("*")) {
      for (const name of names) {
        if (node.getAttribute(name)?.toLowerCase().includes(host)) found.push(`${name} of ${node.outerHTML}`);
      }
      const words = node.closest('[data-testid="stMarkdownContainer"]');
      if (words && alien.includes(node.localName) && !inHeading(node)) found.push(`made ${node.outerHTML}`);
      if (node.shadowRoot) look(node.shadowRoot);
    }
  };
  look(document);
  return found.map((one) => one.slice(0, 300));
}"""


class Canary:
    """An address that must never be asked for anything."""

    def __init__(self) -> None:
        self.hits = hits = list[str]()

        class Hit(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_error(404)

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Hit)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def serve(self) -> None:
        self.server.serve_forever(poll_interval=0.05)


@dataclass
class Visit:
    """One browser page on the app, and what went wrong in it, by the view it stood in."""

    page: Page
    app: RunningApp
    seeds: hostile.Seeds
    host: str
    view: str = ""
    problems: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(TELL)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.note(f"page error: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)
        self.page.on("popup", lambda other: self.note(f"new window: {other.url}"))

    def note(self, problem: str) -> None:
        if not any(re.search(pattern, problem) for pattern in HARMLESS):
            self.problems.append(f"{self.view}: {problem}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.note(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme not in {"data", "blob"} and where.netloc != urlsplit(self.app.url).netloc:
            self.note(f"request to {request.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str, **query: str) -> None:
        self.view = path + (f"?{urlencode(query)}"[:60] if query else "")
        self.page.goto(f"{self.app.url}/{path}?{urlencode(query, quote_via=quote)}")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        self.settle()

    def settle(self, doing: str = "") -> None:
        """Wait until the script has run, and look at what it made."""
        self.page.wait_for_timeout(150)  # a click is on its way for a moment before the script says that it runs
        expect(self.page.locator(IDLE)).to_be_attached()
        self.problems += [f"{self.view} {doing}: {found}" for found in self.page.evaluate(LOOK, self.host)]

    def click(self, what: Locator, doing: str = "") -> None:
        what.click()
        self.settle(doing)

    def open_everything(self) -> None:
        """Whatever hides words: expanders, tabs, and popovers one after the other."""
        page = self.page
        closed = page.locator('[data-testid="stExpander"] details:not([open]) > summary')
        closed.evaluate_all("(all) => all.forEach((one) => one.click())")
        for tab in page.get_by_role("tab").all():
            self.click(tab, "tab")
        for popover in page.locator('[data-testid="stPopover"] button').all()[:4]:
            popover.click()
            self.settle("popover")
            page.keyboard.press("Escape")
        self.settle("all open")

    def choose(self, box: Locator, option: int) -> None:
        box.click()
        self.settle("options")
        self.click(self.page.get_by_role("option").nth(option), f"option {option}")


# -- every page


def home(visit: Visit) -> None:
    visit.open("")
    expect(visit.page.get_by_text("Draft of").first).to_be_visible()


def example(visit: Visit) -> None:
    visit.open("example")
    visit.open_everything()


def author_list(visit: Visit) -> None:
    visit.open("author")
    expect(visit.page.get_by_role("button", name="Go on")).to_have_count(len(visit.seeds.texts) + 1)
    visit.open_everything()


def author_draft(visit: Visit) -> None:
    visit.open("author", draft=visit.seeds.draft)
    visit.open_everything()
    for kind in SectionKind:
        visit.click(visit.page.locator("label").filter(has_text=re.compile(f"^{kind.heading}")), kind.heading)
        expect(visit.page.get_by_role("heading", name=kind.heading)).to_be_visible()
    visit.click(visit.page.get_by_role("button", name="Save version"), "save dialog")
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_role("textbox").last.fill(visit.seeds.texts[0])
    dialog.get_by_role("textbox").first.fill(visit.seeds.texts[0])
    visit.click(dialog.get_by_role("button", name="Save version"), "save dialog with hostile number")


def clause_editor(visit: Visit) -> None:
    """The editor with a conflict: somebody else's hostile words beside one's own."""
    visit.open("author", draft=visit.seeds.draft, section="boundaries")
    visit.click(visit.page.locator(".st-key-edit-BO-01 button"), "edit")
    box = visit.page.get_by_role("textbox", name="Clause BO-01")
    expect(box).to_be_visible()
    with scripted(visit.app.folder) as wb:
        clause = wb.authoring.draft(visit.seeds.draft).content.clause("BO-01")
        wb.authoring.edit_clause(visit.seeds.draft, "BO-01", visit.seeds.in_groups(3)[1], base=digest(clause.text))
    box.fill(visit.seeds.in_groups(3)[2] + secrets.token_hex(4))  # not what an earlier visit left there
    both = visit.page.get_by_role("group", name="Two texts of this clause")
    expect(both).to_contain_text(visit.host)
    visit.settle("conflict")
    visit.click(both.get_by_role("button", name="Keep mine"), "resolved")


def library_list(visit: Visit) -> None:
    visit.open("library")
    expect(visit.page.get_by_role("button", name="Open")).to_have_count(len(visit.seeds.texts) + 2)


def library_versions(visit: Visit) -> None:
    for ref in visit.seeds.versions:
        visit.open("library", version=ref)
        visit.open_everything()


def converse_new(visit: Visit) -> None:
    visit.open("converse")
    boxes = visit.page.locator('[data-testid="stSelectbox"] input')
    for number, option in ((0, 3), (1, 5), (2, 4)):
        visit.choose(boxes.nth(number), option)
    message = visit.page.locator('[data-testid="stChatInput"] textarea')
    message.fill("mail secret@leak.example or <secret@leak.example> " + visit.seeds.texts[0])
    message.press("Enter")
    expect(visit.page.get_by_text("made-up data only").first).to_be_visible()
    visit.settle("refused")


def converse_running(visit: Visit) -> None:
    """Two columns that answer while one looks."""
    visit.open("converse")
    message = visit.page.locator('[data-testid="stChatInput"] textarea')
    for text in hostile.sayable(visit.seeds)[:3]:
        message.fill(text)
        message.press("Enter")
        expect(visit.page.get_by_text(re.compile("being written"))).to_be_hidden()
        visit.settle("answered")
    expect(visit.page.locator("article[data-state=ended]")).to_have_count(6)


def conversation(visit: Visit) -> None:
    page = visit.page
    visit.open("converse", comparison=visit.seeds.comparison)
    expect(page.locator("article[data-state=ended]").first).to_be_attached()
    page.locator("article details summary").evaluate_all("(all) => all.forEach((one) => one.click())")
    visit.click(page.get_by_role("button", name="Later answer").last, "second answer")
    visit.click(page.get_by_role("button", name="How does it feel?, column A").first, "impression")
    visit.click(page.get_by_role("button", name="Mark, column A").first, "sentences")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Mark a passage")
    dialog.get_by_role("option").first.click()
    dialog.get_by_label("Note (if you like)").fill(visit.seeds.texts[0])
    visit.click(dialog.get_by_role("button", name="Save"), "marked")
    visit.open_everything()


def sessions(visit: Visit) -> None:
    visit.open("sessions")


def models(visit: Visit) -> None:
    visit.open("models")
    tries = visit.page.get_by_role("button", name="Try it")
    for number in (0, 1, 2, -1):
        visit.click(tries.nth(number), "try it")


def support(visit: Visit) -> None:
    visit.open("support")
    for place in range(hostile.LOCALES):
        visit.choose(visit.page.locator('[data-testid="stSelectbox"] input'), place)


def addresses(visit: Visit) -> None:
    """What the address of a page says may stand in a sentence about it."""
    payload = visit.seeds.texts[0]
    for page, name, words in (
        ("library", "version", payload),
        ("library", "version", f"all@{payload}"),
        ("author", "draft", payload),
        ("converse", "comparison", payload),
        ("converse", "set", payload),
    ):
        visit.open(page, **{name: words})


VIEWS: tuple[Callable[[Visit], None], ...] = (
    home,
    example,
    author_list,
    author_draft,
    clause_editor,
    library_list,
    library_versions,
    converse_new,
    converse_running,
    conversation,
    sessions,
    models,
    support,
    addresses,
)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    canary = Canary()
    thread = threading.Thread(target=canary.serve)
    thread.start()
    yield canary
    canary.server.shutdown()
    thread.join()
    canary.server.server_close()


@pytest.fixture(scope="module")
def seeds(chromium_path: str, canary: Canary, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, hostile.Seeds]:
    folder = tmp_path_factory.mktemp("hostile") / "workspace"
    return folder, hostile.seed(folder, f"http://{canary.host}")


@pytest.fixture(scope="module")
def app(seeds: tuple[Path, hostile.Seeds]) -> Iterator[RunningApp]:
    with running_scripted(seeds[0], hostile.answers(seeds[1])) as app:
        yield app


@pytest.fixture(params=["with CSP", "without CSP"])
def visit(
    request: pytest.FixtureRequest,
    browser: Browser,
    app: RunningApp,
    seeds: tuple[Path, hostile.Seeds],
    canary: Canary,
) -> Iterator[Visit]:
    """With the policy, nothing may even be blocked by it; without it, what pages make has to be safe by itself."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=request.param == "without CSP")
    visit = Visit(context.new_page(), app, seeds[1], canary.host)
    visit.watch()
    canary.hits.clear()
    with patient():
        yield visit
    context.close()


def test_hostile_words_reach_nothing_on_any_page(visit: Visit, canary: Canary, request: pytest.FixtureRequest) -> None:
    assert len(hostile.sayable(visit.seeds)) >= hostile.BEGINNINGS >= 60
    for view in VIEWS:
        view(visit)
    visit.page.wait_for_timeout(500)  # for what is fetched late
    assert not visit.problems
    assert not canary.hits
    # The nets hold: a picture that is really there is heard of, by the policy or by the canary.
    visit.page.evaluate(
        "(host) => { document.body.append(new Image()); document.images[0].src = `http://${host}/x`; }", canary.host
    )
    visit.settle()
    assert any("src of <img" in problem for problem in visit.problems)
    assert any(f"request to http://{canary.host}" in p or "CSP violation" in p for p in visit.problems)
    assert bool(canary.hits) == ("without CSP" in request.node.name)
