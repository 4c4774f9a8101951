"""`make screenshots`: the real app with real content, every page, light and dark, wide and narrow, into docs/images."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("WORKBENCH_TESTING", "1")

from playwright.sync_api import Browser, Page, sync_playwright

import workbench
from tests.browser.apps import RunningApp, running, short_answers
from tests.browser.conftest import ARGUMENTS, CANDIDATES
from tests.workspaces import new_workspace
from workbench.domain.instructions import digest

ROOT = Path(__file__).parents[2]
SIZES = (1440, 900)
NEW_WORDS = "Warm, calm and plain, grade 8. Short sentences. No flattery, no jargon. Disagree gently."


def seed(folder: Path) -> dict[str, str]:
    """A version, a draft and a marked conversation, made on the embedded model; the address of each page."""
    with workbench.open(new_workspace(folder, short_answers(90))) as p:
        ref = p.draft("therapy-mode@1.0.0").edit("TO-01", NEW_WORDS).save("Calmer wording, asked for by Dr A")
        draft = p.authoring.start_draft(ref)
        base = digest(draft.content.clause("BO-01").text)
        longer = draft.content.clause("BO-01").text.strip() + " Say what you cannot do."
        p.authoring.edit_clause(draft.id, "BO-01", longer, base=base)
        talk = p.converse([f"draft:{draft.id}", "therapy-mode@1.0.0"], "embedded/smollm2", "I can't sleep before exams")
        left, right = (answer for answer in talk.answers if answer.text)
        words = str(left.text).split(".")[0][:80]
        p.annotating.mark(left.answer, 0, len(words), words, label="Q1", instead="That sounds like a long night.")
        p.annotating.impression(right.answer, "not_sure", "It may not have read the question.")
        p.annotating.prefer(left.answer, right.answer, "left", "It stays with the night before.")
    return {
        "home": "/",
        "example": "/example",
        "author": "/author",
        "draft": f"/author?draft={draft.id}&section=boundaries",
        "library": "/library",
        "version": f"/library?version={ref}",
        "converse-new": "/converse",
        "converse": f"/converse?comparison={talk.id}",
        "sessions": "/sessions",
        "models": "/models",
        "support": "/support",
    }


def shoot(page: Page, app: RunningApp, address: str, path: Path) -> None:
    """One picture, when the page has come to rest."""
    width = (page.viewport_size or {"width": SIZES[0]})["width"]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(app.url + address)
    page.get_by_role("heading", level=1).wait_for(timeout=30_000)
    page.wait_for_timeout(1500)
    tall = page.evaluate("Math.max(...[...document.querySelectorAll('section, main, div')].map(e => e.scrollHeight))")
    page.set_viewport_size({"width": width, "height": max(900, min(2200, int(tall)))})
    page.wait_for_timeout(600)
    page.screenshot(path=path)


def pages(browser: Browser) -> Iterator[tuple[str, int, Page]]:
    """A page for each ground and width."""
    for scheme in ("light", "dark"):
        for width in SIZES:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
            yield scheme, width, context.new_page()
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        workspace = Path(folder) / "workspace"
        addresses = seed(workspace)
        executable = next(path for name in CANDIDATES if (path := _which(name)))
        browser = started.chromium.launch(executable_path=executable, args=ARGUMENTS)
        with running(workspace, models=short_answers(90)) as app:
            for scheme, width, page in pages(browser):
                for name, address in addresses.items():
                    if chosen.only in ("", name):
                        shoot(page, app, address, chosen.to / f"{name}-{scheme}-{width}.png")
        browser.close()


def _which(name: str) -> str | None:
    from shutil import which

    return which(name)


if __name__ == "__main__":
    main()
