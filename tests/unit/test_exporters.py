import hashlib
import importlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import ValidationError

from tests.builders import clause, instructions, version
from tests.consumers.cards import NASTY, card, file_ending, texts
from workbench.domain.instructions import InstructionSet, digest, render
from workbench.domain.releases import NOT_REVIEWED, Status, card_of, file_stem, one_line
from workbench.domain.sections import SectionKind
from workbench.errors import DigestMismatch, InvalidFile, NotFound, UnsafeForFormat, WorkbenchError
from workbench.exporters import Exporter, bundle, card_json, registry
from workbench.exporters.anthropic import Anthropic
from workbench.exporters.carried import SET_YOUR_MODEL, model_for
from workbench.exporters.markdown import Markdown
from workbench.exporters.openai import OpenAI

ALL = ("anthropic", "card", "markdown", "openai")


def commonmark(data: bytes) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(data.decode())


def fences(data: bytes) -> list[str]:
    return [token.content for token in commonmark(data) if token.type == "fence"]


CONSUMERS: dict[str, tuple[type[Exporter], Callable[[bytes], str]]] = {
    ".md": (Markdown, lambda data: fences(data)[0]),
    ".card.json": (card_json.CardJson, lambda data: json.loads(data)["card"]["text"]),
    ".openai-responses.json": (OpenAI, lambda data: json.loads(data)["instructions"]),
    ".openai-chat.json": (OpenAI, lambda data: json.loads(data)["messages"][0]["content"]),
    ".anthropic-messages.json": (Anthropic, lambda data: json.loads(data)["system"]),
}


# Cards


def test_a_card_says_everything_about_a_version() -> None:
    made = card()
    assert (made.public_name, str(made.number), made.parent, made.locale) == ("Calm talk", "1.1.0", None, "en-GB")
    assert made.text_sha256 == digest(render(instructions()))
    assert made.word_count == len(made.text.split())
    assert made.review == NOT_REVIEWED
    assert next((c.id, c.section) for c in made.clauses) == ("RS-01", SectionKind.ROLE_AND_SCOPE)
    assert [(v.name, v.value) for v in made.variables] == [("organization", "this service")]
    assert made.replace(reviewed_by=("Dr A", "Dr B")).review == "Dr A, Dr B"


def test_a_card_whose_text_is_not_the_one_it_names_cannot_be_made() -> None:
    with pytest.raises(ValidationError, match="SHA-256"):
        card().replace(text="Something else.")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Reflective support", "reflective-support-1.1.0-draft"),
        ("../../etc/passwd", "etc-passwd-1.1.0-draft"),
        ('=HYPERLINK("//x","y")', "hyperlink-x-y-1.1.0-draft"),
        ("<img src=x onerror=alert(1)>\n", "img-src-x-onerror-alert-1-1.1.0-draft"),
        ("Écoute", "ecoute-1.1.0-draft"),
        ("支持", "instructions-1.1.0-draft"),
    ],
)
def test_file_names_are_plain_whatever_the_name(name: str, stem: str) -> None:
    assert file_stem(card(public_name=name)) == stem


@given(st.text(min_size=1, max_size=80))
def test_file_names_are_plain_for_any_name(name: str) -> None:
    stem = file_stem(card(public_name=name))
    assert stem.endswith("-1.1.0-draft")
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert stem[0] not in "-."


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


# Internal names


def internal() -> InstructionSet:
    return instructions("therapy-mode").replace(
        purpose="Grew out of Therapy-Mode.", host_obligations=("Log therapy-mode@1.0.0 calls.",)
    )


def noted(content: InstructionSet) -> InstructionSet:
    return content.with_clause(
        clause("BO-01", "Never diagnose.", rationale="As in therapy-mode.", source="therapy-mode@1.0.0", check="No?")
    )


def test_the_internal_slug_is_in_no_exported_file_or_name() -> None:
    saved = version("1.1.0", noted(internal()), reason="First version of therapy-mode, after therapy-mode@0.9.0.")
    made = card_of(saved, "f" * 64, render(saved.content), {})
    assert made.internal_ref == "therapy-mode@1.1.0"
    assert made.reason == "First version of [internal name], after Calm talk 0.9.0."
    built = bundle.build(made, ALL)
    assert b"therapy-mode" not in built.data.lower()
    assert "therapy-mode" not in built.name


def test_a_slug_of_one_ordinary_word_leaves_notes_alone() -> None:
    saved = version(content=instructions("calm"), reason="A calm voice; follows calm@0.9.0.")
    assert card_of(saved, "f" * 64, "x", {}).reason == "A calm voice; follows Calm talk 0.9.0."


# The text arrives unchanged, or nothing is handed over


@pytest.mark.parametrize("suffix", CONSUMERS)
@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_the_consumer_reads_the_same_text_or_gets_none(suffix: str, text: str) -> None:
    exporter, consumer = CONSUMERS[suffix]
    try:
        files = exporter().files(card(text=text))
    except UnsafeForFormat:
        unsafe = "\r\0" if suffix == ".md" else ""
        assert not text.strip() or set(unsafe) & set(text.strip()), "refused without need"
    else:
        assert consumer(file_ending(suffix, files)).strip() == text.strip()


@pytest.mark.parametrize("suffix", CONSUMERS)
def test_nasty_and_real_texts_arrive_exactly(suffix: str) -> None:
    exporter, consumer = CONSUMERS[suffix]
    for text in (NASTY, card().text, "  \n\tindented\n\n"):
        assert consumer(file_ending(suffix, exporter().files(card(text=text)))) == text


def test_a_text_that_markdown_would_alter_is_refused_by_line() -> None:
    with pytest.raises(UnsafeForFormat, match=r"Line 2 .*U\+000D .*JSON card") as caught:
        Markdown().files(card(text="First.\nSecond.\r\nThird.\n"))
    assert caught.value.line == 2


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("text", ["", " \n\n"])
def test_no_text_is_no_export(name: str, text: str) -> None:
    with pytest.raises(UnsafeForFormat, match="no text yet"):
        registry.find(name).files(card(text=text))


# What the files say


@pytest.mark.parametrize("name", ALL)
def test_every_file_says_what_it_is(name: str) -> None:
    made = card()
    for file, data in registry.find(name).files(made).items():
        assert file.startswith("calm-talk-1.1.0-draft.")
        # Markdown escapes punctuation.
        said = data.decode().replace("\\", "")
        for fact in ("Calm talk", "1.1.0", made.text_sha256, Status.DRAFT.value, NOT_REVIEWED, "2026-11-23T12:00:00"):
            assert fact in said


def test_the_card_file_gives_the_card_back() -> None:
    (data,) = card_json.CardJson().files(card(text=NASTY)).values()
    assert card_json.read_card(data) == card(text=NASTY, internal_ref="")
    assert b"calm@" not in data


def test_a_card_file_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="not a card"):
        card_json.read_card(b'{"format": "instruction-card/9"}')


def test_the_page_has_the_facts_the_text_and_the_clauses() -> None:
    (data,) = Markdown().files(card()).values()
    page = data.decode()
    assert page.startswith("# Calm talk 1.1.0\n\n**draft: not approved** · not yet reviewed by a clinician\n")
    assert "| BO-01 | Boundaries | Never name a diagnosis. |" in page
    assert "| organization | who offers it | this service |" in page
    assert fences(data) == [card().text]


HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="//x" onerror=alert(1)>',
    "[a](javascript:alert(1)) ![b](//x) <//x> [c]: //x",
    "a | b \\| c `d` **e** ~~f~~ &lt;",
    "x\n\n```text\nfake\n```\n\n# y",
    "x\r\ndraft: approved\rstatus: approved\u2028\u2029\x85y",
    '=HYPERLINK("//x","y")',
    "\u202eevorppa\u2066",
    "---",
    "\\",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    lines = tuple(line.replace(rationale=words, text=words) for line in card().clauses)
    made = card(public_name=words, reason=words, saved_by=words, host_obligations=(words,), clauses=lines)
    made = made.replace(reviewed_by=(words,), purpose=words, locale=words, models=(words,))
    built = bundle.build(made, ALL)
    page = commonmark(file_ending(".md", dict(built.files)))
    inner = [child for token in page for child in token.children or ()]
    assert {t.type for t in inner} <= {"text", "strong_open", "strong_close", "text_special"}
    assert not [t for t in page if t.type in {"html_block", "hr", "code_block"}]
    assert [t.content for t in page if t.type == "fence"] == [made.text]
    readme = built.files[bundle.README].decode().splitlines()
    assert readme[0] == "draft: not approved"
    assert [line for line in readme if line.startswith(("status:", "draft:"))] == [readme[0], f"status: {readme[0]}"]
    assert bundle.read(built.data) == built


# Models


@pytest.mark.parametrize(
    ("tried", "openai", "anthropic"),
    [
        ((), SET_YOUR_MODEL, SET_YOUR_MODEL),
        (("embedded/smollm2", "scripted/echo"), SET_YOUR_MODEL, SET_YOUR_MODEL),
        (("embedded/smollm2", "gpt-small"), "gpt-small", "gpt-small"),
        (("gpt-small", "anthropic/claude"), "gpt-small", "claude"),
        (("local/llama", "openai/gpt-small"), "gpt-small", SET_YOUR_MODEL),
    ],
)
def test_a_request_names_a_model_that_the_provider_may_have(tried: tuple[str], openai: str, anthropic: str) -> None:
    assert model_for(card(models=tried), "openai") == openai
    assert model_for(card(models=tried), "anthropic") == anthropic


# The registry


def test_the_built_in_formats_are_registered_like_any_other() -> None:
    assert set(ALL) <= set(registry.names())
    assert [registry.find(name).name for name in ALL] == list(ALL)


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(NotFound, match=r"'pdf'.*markdown"):
        bundle.build(card(), ["pdf"])


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with two formats: one of its own, and one that takes a built-in name."""
    info = tmp_path / "foreign-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[workbench.exporters]\nbad = foreign_x:Bad\nmarkdown = foreign_x:Bad\n")
    (tmp_path / "foreign_x.py").write_text(
        "class Bad:\n    name = 'bad'\n    def files(self, card):\n        return {'../x': b''}\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    importlib.invalidate_caches()


@pytest.mark.usefixtures("foreign")
def test_a_foreign_format_is_found_and_cannot_replace_a_built_in_one() -> None:
    assert "bad" in registry.names()
    assert isinstance(registry.find("markdown"), Markdown)
    with pytest.raises(WorkbenchError, match=r"\.\./x"):
        bundle.build(card(), ["bad"])


# Bundles


def sealed(files: Mapping[str, bytes], sums: bytes = b"") -> bytes:
    """A zip as the workbench builds it, around any files, with digests that fit unless they are given."""
    rest = {name: data for name, data in sorted(files.items()) if name != bundle.SUMS}
    fitting = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in rest.items()).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted({**rest, bundle.SUMS: sums or fitting}.items()):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def test_a_bundle_is_the_same_bytes_every_time_and_reads_back() -> None:
    built = bundle.build(card(), ALL)
    assert built == bundle.build(card(), reversed(ALL))
    assert built.name == "calm-talk-1.1.0-draft.zip"
    assert sealed(built.files) == built.data
    assert bundle.read(built.data) == built
    assert sorted(built.files) == [
        "README.txt",
        "SHA256SUMS",
        "calm-talk-1.1.0-draft.anthropic-messages.json",
        "calm-talk-1.1.0-draft.card.json",
        "calm-talk-1.1.0-draft.md",
        "calm-talk-1.1.0-draft.openai-chat.json",
        "calm-talk-1.1.0-draft.openai-responses.json",
    ]


def test_the_zip_writer_of_this_python_gives_the_bytes_of_every_other() -> None:
    assert digest(sealed({"README.txt": b"x\n"})) == "bd41bb3086a3466553c2dec2d09fffdbf6942324fdf9d5154931396710ed3195"


def test_texts_without_a_last_line_break_read_back_too() -> None:
    built = bundle.build(card(text="No line break"), ALL)
    assert bundle.read(built.data) == built


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_sha256sum_accepts_the_sums(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle.build(card(), ALL).data)) as archive:
        archive.extractall(tmp_path)
    subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_a_bundle_with_any_byte_changed_is_refused(mask: int) -> None:
    data = bundle.build(card(), ["openai"]).data
    for at in range(len(data)):
        with pytest.raises(InvalidFile):
            bundle.read(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])


def test_a_bundle_cut_or_lengthened_is_refused() -> None:
    data = bundle.build(card(), ["card"]).data
    for other in (b"", data[:-1], data[: len(data) // 2], data + b"\n", b"#" + data, data + data):
        with pytest.raises(InvalidFile):
            bundle.read(other)


def test_a_zip_that_claims_more_than_it_holds_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", b"0" * 10_000_000)
    with pytest.raises(InvalidFile):
        bundle.read(buffer.getvalue())


@pytest.mark.parametrize("suffix", CONSUMERS)
def test_a_changed_text_is_refused_even_with_fresh_digests(suffix: str) -> None:
    built = bundle.build(card(), ALL)
    files = {n: d.replace(b"diagnosis", b"diagnoses") if n.endswith(suffix) else d for n, d in built.files.items()}
    with pytest.raises(DigestMismatch, match="text in .*" + suffix):
        bundle.read(sealed(files))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"draft: not approved", b"approved"),
        (b"draft: not approved\n\n", b""),
        (b"status: draft", b"status: maybe"),
        (b"text_sha256: ", b"sha256: "),
        (b"bundle: calm", b"bundle: ../calm"),
    ],
)
def test_a_readme_that_says_something_else_is_refused(old: bytes, new: bytes) -> None:
    files = dict(bundle.build(card(), ["openai"]).files)
    assert old in files[bundle.README]
    files[bundle.README] = files[bundle.README].replace(old, new, 1)
    with pytest.raises(InvalidFile, match=r"README\.txt"):
        bundle.read(sealed(files))


def test_a_file_changed_added_or_taken_away_is_named() -> None:
    files = dict(bundle.build(card(), ["card"]).files)
    for other, named in (
        ({**files, bundle.README: files[bundle.README] + b"\n"}, "README.txt"),
        ({**files, "extra.txt": b""}, "extra.txt"),
        ({n: d for n, d in files.items() if not n.endswith(".json")}, "card.json"),
    ):
        with pytest.raises(DigestMismatch, match=named):
            bundle.read(sealed(other, files[bundle.SUMS]))


def test_a_zip_without_sums_is_not_a_bundle() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w"):
        pass
    with pytest.raises(InvalidFile, match="not a bundle"):
        bundle.read(buffer.getvalue())
