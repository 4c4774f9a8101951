"""What `safe_md` and `plain_label` give is parsed again, by a parser that is kinder to attackers than the browser's."""

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.security.payloads import payloads
from workbench.security.rendering import MAX_FORMATTED, one_line, plain_label, safe_md

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PAYLOADS = payloads("http://127.0.0.1:9999")

ALLOWED = {
    *("paragraph_open", "paragraph_close", "inline", "text", "softbreak", "hardbreak", "code_inline", "fence", "hr"),
    *("strong_open", "strong_close", "em_open", "em_close", "s_open", "s_close", "blockquote_open", "blockquote_close"),
    *("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"),
    *("list_item_open", "list_item_close", "table_open", "table_close", "thead_open", "thead_close", "tbody_open"),
    *("tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"),
}
# What Streamlit's page does to text after parsing: web and mail addresses become links, shortcodes become pictures.
MADE_LATER = re.compile(
    r"(https?://|www\.)[-.\w]+|[-.\w+]+@[-\w]+\.[-\w]+|:material_\w+:|:streamlit:|:\+1:|:-1:|:(?!\d\d?:)[\w-]+:",
    re.I | re.A,
)
# What it reads before, in raw text: formulas and directives.
MARKUP = re.compile(r"\$|:[a-z]|[\[\]{}<]", re.I)

markdown = st.lists(
    st.one_of(
        st.sampled_from(list(PAYLOADS.values())),
        st.sampled_from(
            [
                "\n",
                "\n\n",
                "- ",
                "1. ",
                "7. ",
                "> ",
                "```\n",
                "`",
                "``",
                "**",
                "*",
                "_",
                "~~",
                "# ",
                "| a | b |\n|-|-|\n",
            ]
        ),
        st.sampled_from(
            [
                "![a](http://x/y)",
                "[a](http://x)",
                "<img src=http://x>",
                "$x$",
                ":red[a]",
                ":smile:",
                "&#10;",
                "\\",
                "  ",
                "    ",
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


def tokens(source: str) -> Iterator[Token]:
    for token in READER.parse(source):
        yield token
        yield from token.children or ()


def assert_harmless(source: str) -> None:
    source.encode()
    for token in tokens(source):
        assert token.type in ALLOWED
        if token.type == "fence":
            assert token.info == ""
        if token.type == "text":
            assert not MADE_LATER.search(token.content)
        if token.type == "inline":
            assert not MARKUP.search(re.sub(r"`[^`]*`", "`", token.content))


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_text_becomes_harmless_markdown(name: str) -> None:
    assert_harmless(safe_md(PAYLOADS[name]))
    for surrounded in (
        f"- {PAYLOADS[name]}",
        f"> {PAYLOADS[name]}",
        f"`x` {PAYLOADS[name]} `y`",
        f"**{PAYLOADS[name]}**",
    ):
        assert_harmless(safe_md(surrounded))


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_text_becomes_a_harmless_label(name: str) -> None:
    label = plain_label(PAYLOADS[name], 1000)
    assert_harmless(label)
    assert "\n" not in label


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS.values())) >= 60


@given(markdown)
def test_any_text_becomes_harmless(text: str) -> None:
    assert_harmless(safe_md(text))
    assert_harmless(plain_label(text))


@given(st.text())
def test_any_text_at_all_becomes_harmless(text: str) -> None:
    assert_harmless(safe_md(text))
    assert_harmless(plain_label(text))
    one_line(text).encode()


@given(st.from_regex(r"[a-zA-Z]{1,8}([ \n]{1,3}[a-zA-Z]{1,8}){0,9}", fullmatch=True))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert re.sub(r"[\\\s]+", " ", safe_md(text)).strip() == re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Note: self-harm is 5.5 of 10, at 10:30.", "Note: self-harm is 5.5 of 10, at 10:30."),
        ("**bold** *it* ~~no~~ `code`", "**bold** *it* ~~no~~ `code`"),
        ("# Title\ntext", "**Title**\n\ntext"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> quote\n> more", "> quote\n> more"),
        ("```python\nx = [1]\n```", "```\nx = [1]\n```"),
        ("    indented", "```\nindented\n```"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("a  \nb", "a\\\nb"),
        ("[words](http://x.org/a)", "words (`http://x.org/a`)"),
        ("![cat](http://x.org/a)", "(image not shown: cat (`http://x.org/a`))"),
        ("see http://x.org/a.", "see `http://x.org/a`."),
        ("mail a@b.org", "mail `a@b.org`"),
        (":smile: $x$", "`:smile:` &#36;x&#36;"),
        ("***", "***"),
        ("", ""),
    ],
)
def test_what_is_shown(source: str, expected: str) -> None:
    assert safe_md(source) == expected


def test_text_that_is_nested_too_deep_is_shown_unformatted_and_whole() -> None:
    assert "deepest" in safe_md("> " * 200 + "deepest")
    assert "deepest" in safe_md("- " * 20 + "x\n" + "".join(" " * i + "- x\n" for i in range(0, 200, 2)) + "deepest")


def test_text_that_is_too_long_is_shown_unformatted() -> None:
    shown = safe_md("**a**\nb\n\n" + "x" * MAX_FORMATTED)
    assert shown.startswith("&#42;&#42;a&#42;&#42;\\\nb\n\nxxx")


@pytest.mark.parametrize(
    "piece", ["[", "*a ", "`a", "> ", "- ", "![a](", "a@", ":a", "<a ", "&#58;", "_a__b", "~~a", "http://", "1. "]
)
def test_long_hostile_text_is_read_quickly(piece: str) -> None:
    began = time.perf_counter()
    safe_md(piece * (20_000 // len(piece)))
    assert time.perf_counter() - began < 5


def test_a_label_is_one_line_and_short() -> None:
    assert plain_label("  Sleep\n\tdiary  ") == "Sleep diary"
    assert one_line("a" * 100) == "a" * 79 + "…"
    assert one_line("word " * 10, 12) == "word word w…"
    assert one_line("e\u0301" * 10, 4) == "e\u0301…"


def test_a_label_says_what_was_written() -> None:
    assert plain_label("Therapy Mode 1.0.0 (draft): sleep") == "Therapy Mode 1.0.0 (draft): sleep"
    assert plain_label("1. first") == "1&#46; first"
    assert plain_label("*") == "&#42;"


def test_what_nobody_sees_is_left_out() -> None:
    assert one_line("a\u202eb\u2066c\U000e0041d\u0000e") == "abcde"
    assert one_line("half \ud83d") == "half \ufffd"
    assert one_line("👩\u200d👧 \u0645\u06cc\u200c\u062e") == "👩\u200d👧 \u0645\u06cc\u200c\u062e"
