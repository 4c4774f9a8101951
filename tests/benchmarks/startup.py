"""How long a launch takes: the app, the first page in Chromium, the models, the first word; and `import workbench`.

`workbench bench startup --json`, or `python -m tests.benchmarks.startup`. Beside each launch stands a bare one taken
in the same run: Streamlit's own server with an empty page, and litellm imported alone.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.benchmarks.running import (
    App,
    Figure,
    Load,
    chromium,
    end,
    fact,
    figure,
    free_port,
    main,
    scratch,
    spread,
    verdict,
    wait_for,
    workspace,
)

LAUNCHES = 3
IMPORTS = 5
APP_SECONDS, PAGE_SECONDS, MODELS_SECONDS, TOKEN_SECONDS, IMPORT_SECONDS = 3.0, 2.0, 15.0, 1.0, 0.3
HEAVY = ("streamlit", "litellm", "sqlmodel", "sqlalchemy", "pandas")
SAY = "I cannot sleep before exams."
PATIENCE_MS = 60_000

IMPORTED = """\
import json, sys, time
began = time.perf_counter()
import {name}
print(json.dumps([time.perf_counter() - began, sorted(set({heavy!r}) & sys.modules.keys())]))
"""
HELLO = "import streamlit as st\nst.title('Hello')\n"
FIRST_TOKENS = """() => [...document.querySelectorAll('*')].flatMap(
    (node) => [...(node.shadowRoot?.querySelectorAll('article.answer') ?? [])]
  ).map((article) => Number(article.dataset.firstTokenMs ?? 0))"""


def run(launches: int = LAUNCHES) -> dict[str, Any]:
    """Seconds, medians over several launches on fresh workspaces, beside their targets and bare comparisons."""
    load = Load()
    with scratch() as folder, chromium() as browser:
        bare, ours = [], []
        for number in range(launches):  # by turns, so that a busy computer slows both
            bare.append(bare_launch(folder, browser))
            ours.append(launch(folder / f"workspace-{number}", browser))
        again = launch(folder / "workspace-0", browser, prepared=False)
    result = {**launched(ours, bare), "app_ready_again": figure(again["app"], APP_SECONDS), **imports()}
    return {"missed": verdict(result), **result, "launches": ours, **load.told()}


def launched(ours: list[dict[str, float]], bare: list[dict[str, float]]) -> dict[str, Figure]:
    """The figures of the launches."""

    def told(name: str, target: float, beside: str = "") -> Figure:
        values = [one[name] for one in ours]
        value = statistics.median(values)
        more: dict[str, Any] = {**spread(values), "of_target": round(value / target, 3)}
        if beside:
            alone = statistics.median(one[beside] for one in bare)
            more |= {"bare_streamlit": round(alone, 3), "over_bare": round(value / alone, 3)}
        return figure(value, target, **more)

    return {
        "app_ready": told("app", APP_SECONDS, "app"),
        "first_page": told("page", PAGE_SECONDS, "page"),
        "models_ready": told("models", MODELS_SECONDS),
        "first_token_prepared": told("token", TOKEN_SECONDS),
        "first_token_of_all_columns": told("last_first_token", TOKEN_SECONDS),
        "first_token_second_conversation": told("second", TOKEN_SECONDS),
    }


# --- launches ------------------------------------------------------------------------------------------------------


def launch(root: Path, browser: Browser, *, prepared: bool = True) -> dict[str, float]:
    """Seconds of one launch: to the app, from there to a usable page, to the models, from there to the first word."""
    if not root.exists():
        workspace(root)
    with App(root) as app, closing(browser.new_context()) as context:
        page = context.new_page()
        seconds = {"app": app.ready - app.launched, "page": first_page(page, app.url) - app.ready}
        if prepared:
            page.goto(f"{app.url}/converse", timeout=PATIENCE_MS)  # choosing columns prepares them
            box = page.get_by_test_id("stChatInputTextArea")
            expect(box).to_be_enabled(timeout=PATIENCE_MS)
            box.fill(SAY)
            ready = app.wait_for_models()
            box.press("Enter")
            firsts = first_tokens(page, ready)
            seconds |= {"models": ready - app.launched, "token": min(firsts), "last_first_token": max(firsts)}
            seconds["second"] = second_talk(page)
    return seconds


def first_page(page: Page, url: str) -> float:
    """When Home stood there, to its last element, and its navigation could be clicked."""
    page.goto(url, wait_until="commit", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="Recent conversations")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Converse").first.click(trial=True, timeout=PATIENCE_MS)
    return time.time()


def second_talk(page: Page) -> float:
    """Seconds from the send to the first word in a new conversation with the same columns: they are prepared surely."""
    stop = page.get_by_role("button", name="Stop", exact=True)
    with contextlib.suppress(PlaywrightError):  # on a quiet computer the answers may have ended by themselves
        stop.click(timeout=1000)
    expect(stop).to_be_hidden(timeout=PATIENCE_MS)
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("button", name="Add a column")).to_be_visible(timeout=PATIENCE_MS)
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled(timeout=PATIENCE_MS)
    box.fill(SAY)
    began = time.time()
    box.press("Enter")
    return min(first_tokens(page, began))


def first_tokens(page: Page, since: float) -> list[float]:
    """Seconds from `since` to the first word of each column, in the page."""

    def told() -> list[float]:
        found = page.evaluate(FIRST_TOKENS)
        return found if found and all(found) else []  # a column's words are noted while it runs

    return [at / 1000 - since for at in wait_for(told, 120)]


def bare_launch(folder: Path, browser: Browser) -> dict[str, float]:
    """The same two moments of Streamlit's own server with an empty page."""
    script, port = folder / "hello.py", free_port()
    script.write_text(HELLO)
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    quiet = ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *options, *quiet],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{url}/_stcore/health"))
        ready = time.time()
        with closing(browser.new_context()) as context:
            page = context.new_page()
            page.goto(url, wait_until="commit", timeout=PATIENCE_MS)
            expect(page.get_by_role("heading", name="Hello")).to_be_visible(timeout=PATIENCE_MS)
            return {"app": ready - began, "page": time.time() - ready}
    finally:
        end(process, signal.SIGTERM)


def answers(url: str) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


# --- imports -------------------------------------------------------------------------------------------------------


def imports() -> dict[str, Figure]:
    """`import workbench` in fresh processes, and litellm beside it."""
    ours = [imported("workbench") for _ in range(IMPORTS)]
    litellm = imported("litellm")[0]
    value = statistics.median(seconds for seconds, _ in ours)
    more = {"bare_litellm": round(litellm, 3), "over_litellm": round(value / litellm, 3)}
    return {
        "import_workbench": figure(value, IMPORT_SECONDS, **more),
        "import_loads": fact(sorted({name for _, loaded in ours for name in loaded}), []),
    }


def imported(name: str) -> tuple[float, list[str]]:
    """Seconds, and which heavy packages came with it."""
    code = IMPORTED.format(name=name, heavy=HEAVY)
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120, env=environment
    )
    seconds, loaded = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), list(loaded)


if __name__ == "__main__":
    main(run)
