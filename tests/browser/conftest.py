"""Chromium for the browser tests: found, started once, and watched for errors and foreign requests."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect, sync_playwright

from tests.browser.harness.client import Harness, serving

Open = Callable[..., Page]

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; skips without one, fails where WORKBENCH_REQUIRE says that it must be there."""
    if found := next(filter(None, map(shutil.which, CANDIDATES)), None):
        return found
    reason = "no Chromium here: install the package 'chromium' to run the browser tests"
    if "browser" in os.environ.get("WORKBENCH_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)


# Playwright's loop counts as running in this thread as long as it is started, and `asyncio.run` elsewhere would fail:
# so it ends with this folder, not with the session.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
    yield launched
    launched.close()


@dataclass
class Pages:
    """Makes pages, each in a browser context of its own, and notes whatever goes wrong in them."""

    browser: Browser
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of problems that the test provokes on purpose."""
    opened: list[Page] = field(default_factory=list)

    def __call__(self, url: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        """A fresh page on `url`, which has to be on this computer."""
        scheme = "dark" if dark else "light"
        context = self.browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request, urlsplit(url).netloc))
        self.opened.append(page)
        page.goto(url)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Warning: Third-party"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request, host: str) -> None:
        where = urlsplit(request.url)
        if where.scheme in {"http", "https", "ws", "wss"} and where.netloc != host:
            self.problems.append(f"request to {request.url}")

    def unexpected(self) -> list[str]:
        """The problems nobody provoked."""
        return [one for one in self.problems if not any(re.search(pattern, one) for pattern in self.expected)]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Pages]:
    """`new_page(url, width=, height=, dark=)`; at the end no page may have had an error or asked a foreign host."""
    pages = Pages(browser)
    yield pages
    for page in pages.opened:
        page.context.close()
    assert not pages.unexpected()


@pytest.fixture(scope="session")
def harness(chromium_path: str) -> Iterator[Harness]:
    """The little app of tests/browser/harness."""
    with serving() as running:
        yield running


@pytest.fixture
def case(request: pytest.FixtureRequest) -> str:
    """The name of the test's own case in the harness."""
    return re.sub(r"\W", "_", request.node.name)


@pytest.fixture
def open_case(harness: Harness, new_page: Pages, case: str) -> Open:
    """`open_case(data, width=, …)`: a page of the test's own case, with its part drawn."""

    def opened(data: dict[str, Any], **options: Any) -> Page:
        harness.tell(case, data=data)
        page = new_page(harness.url(case), **options)
        expect(page.locator(".part")).to_be_visible()
        return page

    return opened
