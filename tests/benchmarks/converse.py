"""Talking to six columns at once: how much slower than one alone, how soon words show, how well the rest answers.

`workbench bench converse --json`, or `python -m tests.benchmarks.converse`. Everything goes the product's own way:
page, `live`, model process, litellm, a paced provider on this computer, event stream, Chromium. Each model name asks
the provider for 300 words, one every 20 ms. Sessions without a browser talk through the page's websocket.
"""

import json
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.benchmarks.running import (
    App,
    Figure,
    Load,
    chromium,
    fact,
    figure,
    get,
    main,
    p95,
    paced_provider,
    scratch,
    spread,
    verdict,
    wait_for,
    workspace,
)
from tests.benchmarks.sessions import talk_at_once
from tests.faults.provider import WORDS
from workbench.bootstrap import open_workbench
from workbench.domain.conversations import ArmSpec

ARMS = 6
TOKENS, PACE_MS = 300, 20
SHORT_TOKENS = 15
ROUNDS = 3
SHORT_ROUNDS = 10
CLICKS = 5
SESSIONS, MANY_SESSIONS = 10, 30
RATIO, SESSIONS_RATIO = 1.05, 1.25
TOKEN_MS, STOP_SECONDS, RELOAD_SECONDS, WIDGET_SECONDS = 200.0, 0.5, 1.0, 0.3
PATIENCE_MS = 60_000
SAY = "I cannot sleep before exams."
INSTRUCTIONS = "therapy-mode"
WATCHING = Path(__file__).with_name("watching.js")
WHOLE = len(" ".join(WORDS[number % len(WORDS)] for number in range(TOKENS)))
"""How long an answer of TOKENS words is."""

MODEL = """\
[[models]]
name = "{name}"
litellm_id = "openai/fake-{pace}-{tokens}-{letter}"
api_base = "{address}/v1"

"""
SAVED = """async () => {
  const article = window.bench.articles().find((article) => article.dataset.state === "ended");
  const own = (text) => [...article.querySelectorAll("button")].find((button) => button.textContent === text);
  own("How does it feel?").click();
  article.querySelector('[data-feeling="%s"]').click();
  return await window.bench.click(own("Save"), () => article.querySelector(".feeling").textContent.includes("%s"));
}"""
ADDED = """async () => {
  const add = window.bench.button("Add a column"), less = window.bench.button("Take the last one out");
  const shown = () => document.querySelectorAll('[data-testid="stSelectbox"]').length;
  const before = shown(), up = before < 12;
  return await window.bench.click(up ? add : less, () => shown() === before + (up ? 2 : -2));
}"""


@dataclass(frozen=True)
class Bench:
    """The running pieces, and the conversations that were prepared before the app started."""

    app: App
    provider: str
    ids: Mapping[str, str]
    """Comparison ids: `one`, `six`, `short`, and one for each session."""
    models: Mapping[str, str]
    """The provider's name of the model behind each column id."""

    def session_ids(self, count: int) -> list[str]:
        return [self.ids[f"session-{number}"] for number in range(count)]


def run() -> dict[str, Any]:
    """Ratios, seconds and milliseconds, each beside its target."""
    load = Load()
    with scratch() as folder, paced_provider() as provider:
        ids, models = prepared(folder / "workspace", provider)
        with App(folder / "workspace") as app:
            app.wait_for_models()
            bench = Bench(app, provider, ids, models)
            with chromium() as browser:
                result = in_browser(bench, browser)
            result |= without_browser(bench)
            result |= apart(app)
    return {"missed": verdict(result), **result, **load.told()}


def prepared(root: Path, provider: str) -> tuple[dict[str, str], dict[str, str]]:
    """A workspace with paced models, where "no real person's words" was confirmed and conversations were begun."""
    letters = "abcdef"[:ARMS]
    kinds = {"paced": TOKENS, "short": SHORT_TOKENS}
    entries = (
        MODEL.format(name=f"{kind}-{letter}", pace=PACE_MS, tokens=tokens, letter=letter, address=provider)
        for kind, tokens in kinds.items()
        for letter in letters
    )
    workspace(root, "".join(entries))
    arms = {
        kind: [ArmSpec(instructions=INSTRUCTIONS, model=f"{kind}-{letter}") for letter in letters] for kind in kinds
    }
    with open_workbench(root) as wb:
        wb.conversing.consent()
        ids = {"one": wb.conversing.start(arms["paced"][:1])}
        ids |= {"six": wb.conversing.start(arms["paced"]), "short": wb.conversing.start(arms["short"])}
        ids |= {f"session-{number}": wb.conversing.start(arms["paced"]) for number in range(MANY_SESSIONS)}
        columns = [column for id in ids.values() for column in wb.conversing.transcript(id).columns]
    return ids, {column.id: column.litellm_id.removeprefix("openai/") for column in columns}


# --- in Chromium ---------------------------------------------------------------------------------------------------


def in_browser(bench: Bench, browser: Browser) -> dict[str, Any]:
    """Everything a person at one browser would notice."""
    with tab(bench, browser, "one") as one, tab(bench, browser, "six") as six, tab(bench, browser, "short") as short:
        for page in (short, one, six):
            say(page)
            finished(page)  # warm
        alone, together, delays = [], [], []
        for _ in range(ROUNDS):
            alone.append(timed(bench, one, 1)[0])
            seconds, late = timed(bench, six, ARMS)
            together.append(seconds)
            delays += late
        for _ in range(SHORT_ROUNDS):
            forget(bench)
            say(short)
            delays += first_token_delays(bench, finished(short))
        return {
            **ratios(alone, together),
            "first_token_p95_ms": figure(p95(delays), TOKEN_MS, **spread(delays), answers=len(delays)),
            **widgets(bench, browser, six),
            "reload_s": reloaded(six),
            "stop_s": stopped(bench, six),
        }


@contextmanager
def tab(bench: Bench, browser: Browser, name: str) -> Iterator[Page]:
    with closing(browser.new_context(viewport={"width": 1440, "height": 900})) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(path=WATCHING)
        page.goto(f"{bench.app.url}/converse?comparison={bench.ids[name]}")
        expect(box(page)).to_be_enabled(timeout=PATIENCE_MS)
        yield page


def box(page: Page) -> Any:
    return page.get_by_test_id("stChatInputTextArea")


def say(page: Page) -> None:
    """Send a message from the page; only what comes after it counts."""
    page.bring_to_front()
    expect(box(page)).to_be_enabled(timeout=PATIENCE_MS)
    page.evaluate("whole => window.bench.expect(whole)", WHOLE)
    box(page).fill(SAY)
    box(page).press("Enter")


def answers(page: Page) -> list[dict[str, Any]]:
    """What the page noted about the answers since the last message."""
    found: list[dict[str, Any]] = page.evaluate("() => window.bench.fresh()")
    return found


def finished(page: Page) -> list[dict[str, Any]]:
    """The answers, once the page drew them as ended and takes the next message."""
    wait_for(lambda: (found := answers(page)) and all("ended" in one for one in found), 60, 0.1)
    expect(box(page)).to_be_enabled(timeout=PATIENCE_MS)
    return answers(page)


def timed(bench: Bench, page: Page, arms: int) -> tuple[dict[str, float], list[float]]:
    """Seconds from the send to the last visible word and to the drawn end; milliseconds to each first word."""
    forget(bench)
    say(page)
    found = finished(page)
    if len(found) != arms or not all("last" in one for one in found):
        raise RuntimeError(f"not every answer was whole: {json.dumps(found)}")
    sent = page.evaluate("() => window.bench.sent")
    seconds = {name: (max(one[name] for one in found) - sent) / 1000 for name in ("last", "ended")}
    return {**seconds, "provider": provider_seconds(bench)}, first_token_delays(bench, found)


def forget(bench: Bench) -> None:
    get(f"{bench.provider}/stats/reset")


def stats(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = get(f"{bench.provider}/stats", 30) or {}
    return found


def provider_seconds(bench: Bench) -> float:
    """How long the provider took from its first word to its last; (TOKENS - 1) x PACE_MS when it was on time."""
    sent = [times for _, times in stats(bench)["sent_at"] if times]
    return max(times[-1] for times in sent) - min(times[0] for times in sent)


def first_token_delays(bench: Bench, found: list[dict[str, Any]]) -> list[float]:
    """Milliseconds from the moment the provider sent each answer's first word to the moment it stood in the page."""
    sent = {model: times[0] * 1000 for model, times in stats(bench)["sent_at"]}
    return [one["first"] - sent[bench.models[one["column"]]] for one in found if one.get("first")]


def ratios(alone: list[dict[str, float]], together: list[dict[str, float]]) -> dict[str, Figure]:
    """Six columns over one, medians: to the last visible word, and to the end that the page drew."""

    def told(name: str, target: float | None) -> Figure:
        one, six = ([seconds[name] for seconds in runs] for runs in (alone, together))
        value = statistics.median(six) / statistics.median(one)
        return figure(value, target, one_s=spread(one), six_s=spread(six))

    return {"ratio": told("last", RATIO), "ratio_ended": told("ended", None), "ratio_provider": told("provider", None)}


def widgets(bench: Bench, browser: Browser, page: Page) -> dict[str, Figure]:
    """Seconds until widgets answer while six columns run: one of the same page, one of another tab."""
    with tab_of(bench, browser, "/converse") as other:
        expect(other.get_by_role("button", name="Add a column")).to_be_enabled()
        other.evaluate(ADDED)  # warm
        say(page)
        wait_for(lambda: len(answers(page)) == ARMS, 30)
        same, apart_ = [], []
        feelings = [("fine", "Fine"), ("not_sure", "Not sure")]
        for number in range(CLICKS):
            same.append(page.evaluate(SAVED % feelings[number % 2]) / 1000)
            apart_.append(other.evaluate(ADDED) / 1000)
        running = any("ended" not in one for one in answers(page))
        finished(page)
    told = {"clicks": CLICKS, "all_while_running": running}
    return {
        "widget_s": figure(statistics.median(same), WIDGET_SECONDS, **spread(same), **told),
        "widget_in_other_tab_s": figure(statistics.median(apart_), WIDGET_SECONDS, **spread(apart_), **told),
    }


@contextmanager
def tab_of(bench: Bench, browser: Browser, path: str) -> Iterator[Page]:
    with closing(browser.new_context(viewport={"width": 1440, "height": 900})) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(path=WATCHING)
        page.goto(bench.app.url + path)
        yield page


def reloaded(page: Page) -> Figure:
    """Seconds from the start of a reload until every running answer shows its words again; the middle of three."""
    say(page)
    wait_for(lambda: len(answers(page)) == ARMS, 30)
    running = "() => Object.values(window.bench?.answers ?? {}).filter((one) => !one.ended)"
    seconds = []
    for _ in range(ROUNDS):
        page.reload(wait_until="commit")
        found = wait_for(lambda: len(now := page.evaluate(running)) == ARMS and now, 30)
        began = page.evaluate("() => performance.timeOrigin")
        seconds.append((max(one["shown"] for one in found) - began) / 1000)
    wait_for(lambda: not page.evaluate(running), 60, 0.1)
    return figure(statistics.median(seconds), RELOAD_SECONDS, **spread(seconds))


def stopped(bench: Bench, page: Page) -> Figure:
    """Seconds from the click on Stop until the provider had seen every call closed; the middle of three."""
    seconds = []
    for _ in range(ROUNDS):
        forget(bench)
        say(page)
        wait_for(lambda: stats(bench).get("active") == ARMS and len(answers(page)) == ARMS, 30)
        began = time.time()
        page.get_by_role("button", name="Stop", exact=True).click()
        wait_for(lambda: stats(bench).get("active") == 0, 30, 0.01)
        seconds.append(time.time() - began)
        assert stats(bench)["cancelled"] == ARMS, "answers ended by themselves"
        finished(page)
    return figure(statistics.median(seconds), STOP_SECONDS, **spread(seconds))


# --- without a browser ---------------------------------------------------------------------------------------------


def without_browser(bench: Bench) -> dict[str, Figure]:
    """Many sessions of six columns over one column alone, by the same path without a browser."""
    talk_at_once(bench.app.port, bench.session_ids(1), SAY)  # warm
    alone, some = [], []
    for _ in range(ROUNDS):
        alone.append(of_sessions(bench, [bench.ids["one"]])["seconds"])
        some.append(of_sessions(bench, bench.session_ids(SESSIONS)))
    many = of_sessions(bench, bench.session_ids(MANY_SESSIONS))
    one = statistics.median(alone)
    middle = statistics.median(found["seconds"] for found in some)
    ten = figure(middle / one, SESSIONS_RATIO, one_column_s=spread(alone), runs=some)
    lost = fact([problem for found in (*some, many) for problem in found["problems"]], [])
    return {"ratio_10_sessions": ten, "ratio_30_sessions": figure(many["seconds"] / one, runs=[many]), "lost": lost}


def of_sessions(bench: Bench, comparisons: list[str]) -> dict[str, Any]:
    """The slowest session's seconds, what the provider itself needed, and the processor time of the app's processes."""
    forget(bench)
    before, began = bench.app.cpu_seconds(), time.time()
    talked, problems = talk_at_once(bench.app.port, comparisons, SAY)
    seconds, after = time.time() - began, bench.app.cpu_seconds()
    if not talked:
        raise RuntimeError(problems[0])
    return {
        "seconds": round(max(one.last - one.sent for one in talked), 3),
        "median_seconds": round(statistics.median(one.last - one.sent for one in talked), 3),
        "first_words_seconds": round(max(one.first - one.sent for one in talked), 3),
        "provider_seconds": round(provider_seconds(bench), 3),
        **{f"{name}_cpu": round((after[name] - before[name]) / seconds, 2) for name in before},
        "problems": problems,
    }


def apart(app: App) -> dict[str, Figure]:
    """Whether litellm is where it belongs: never in the app, always in its model processes. Told from inside."""
    children = app.model_processes()
    return {
        "litellm_in_app": fact("litellm" in app.modules(app.process.pid), False),
        "litellm_in_model_processes": fact([("litellm" in app.modules(child.pid)) for child in children], [True, True]),
    }


if __name__ == "__main__":
    main(run)
