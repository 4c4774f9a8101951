"""The shipped content: the first instruction set, the crisis registry and the worked example."""

import re
from pathlib import Path
from typing import Any

import pyphen
import pytest
import yaml

from workbench.domain.hazards import LABELS
from workbench.domain.instructions import placeholders, render, word_count
from workbench.domain.judgements import Choice, Feeling, checked_span
from workbench.domain.resources import Registry, ResourceKind, resource_text
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Version

LIBRARY = Path(__file__).parents[2] / "instruction_library"
SET = LIBRARY / "therapy-mode" / "1.0.0.yaml"
REGISTRY = LIBRARY / "_resources" / "crisis.yaml"
EXAMPLE = LIBRARY / "_examples" / "veiled-remark.yaml"
FILES = (SET, REGISTRY, EXAMPLE)

WORD_LIMIT = 900
SCRIPTED_GRADE_LIMIT = 8
LOCALES = {"en-US", "en-GB", "en-IE", "en-AU", "en-NZ", "en-CA", "de-DE", "fr-FR", "es-ES", "nl-NL"}
NO_PLACE = "no place"
ENTRY_KEYS = {"locale", "kind", "name", "contact", "hours", "languages", "deaf_access", "source"}

BANNED_CLAIMS = (
    r"\bI(?: am|'m) (?:a|an|your) (?:\w+ )?(?:therapist|counselor|psychologist|psychiatrist|doctor|clinician|nurse)\b",
    r"\bas (?:a|your) (?:licensed |trained )?(?:therapist|counselor|psychologist|psychiatrist|doctor|clinician)\b",
    r"\bclinically (?:validated|proven|tested)\b",
    r"\b(?:reviewed|approved|validated|endorsed) by (?:a |an |our )?(?:clinician|psychologist|psychiatrist|doctor)s?\b",
    r"\byou are (?:a|an) (?:\w+ )?(?:therapist|counselor|psychologist|psychiatrist|doctor|clinician)\b",
    r"\b(?:is|are|am|'m) (?:fully )?licensed\b",
    r"\bI(?: have|'ve) (?:called|alerted|told|notified)\b",
    r"\bI(?: will|'ll) (?:remember|check back|check in|tell someone|call)\b",
)
NEGATION = re.compile(r"\b(?:not|never|no|nobody|without|cannot|can't|isn't|aren't)\b[^.;:!?]*$", re.IGNORECASE)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def claims(text: str) -> list[str]:
    """Banned claims that no word before them in the same sentence negates."""
    flat = " ".join(text.split())
    found = (match for banned in BANNED_CLAIMS for match in re.finditer(banned, flat, re.IGNORECASE))
    return [match[0] for match in found if not NEGATION.search(flat[: match.start()])]


def grade(text: str) -> float:
    """Flesch-Kincaid grade: 0.39 words per sentence + 11.8 syllables per word - 15.59."""
    hyphenation = pyphen.Pyphen(lang="en_US")
    words = re.findall(r"[A-Za-z']+", text)
    sentences = max(1, len(re.findall(r"[.!?]+", text)))
    syllables = sum(len(hyphenation.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


@pytest.fixture(scope="module")
def version() -> Version:
    return Version.model_validate(read(SET))


@pytest.fixture(scope="module")
def registry() -> dict[str, Any]:
    return read(REGISTRY)


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return read(EXAMPLE)


class TestInstructionSet:
    def test_is_the_first_version_and_nobody_reviewed_it(self, version: Version) -> None:
        assert version.ref == "therapy-mode@1.0.0"
        assert version.content.public_name == "Reflective support"
        assert version.parent is None
        assert version.reviewed_by == ()

    def test_has_every_section_in_reading_order(self, version: Version) -> None:
        assert [section.kind for section in version.content.sections] == list(SectionKind)
        assert all(section.clauses for section in version.content.sections)

    def test_ids_carry_the_prefix_of_their_section_and_count_up(self, version: Version) -> None:
        for section in version.content.sections:
            expected = [f"{section.kind.prefix}-{n:02d}" for n in range(1, len(section.clauses) + 1)]
            assert [clause.id for clause in section.clauses] == expected

    def test_every_clause_says_why_who_asks_and_how_to_check(self, version: Version) -> None:
        for clause in version.content.clauses():
            assert clause.rationale.strip(), clause.id
            assert clause.source.strip(), clause.id
            assert clause.check.endswith("?"), clause.id
            assert clause.check.split()[0] in {"Does", "Is", "Are", "If", "Outside"}, clause.id

    def test_a_source_from_an_excerpt_or_memory_says_that_it_was_not_checked(self, version: Version) -> None:
        for clause in version.content.clauses():
            source = clause.source
            honest = "not yet checked" in source and re.search(r"\breported in\b|\breported for\b", source, re.I)
            if re.search(r"\[[SM]\]", source):
                assert honest, clause.id
            else:
                assert re.search(r"this project", source, re.I), clause.id

    @pytest.mark.parametrize("locale", [NO_PLACE, *sorted(LOCALES)])
    def test_stays_within_the_word_limit_with_the_contacts_of_each_locale(
        self, version: Version, registry: dict[str, Any], locale: str
    ) -> None:
        contacts = resource_text(Registry.model_validate(registry), locale)
        text = render(version.content, {"crisis_resources": contacts})
        assert word_count(text) <= WORD_LIMIT

    def test_declares_what_it_uses_and_uses_what_it_declares(self, version: Version) -> None:
        content = version.content
        used = [name for clause in content.clauses() for name in placeholders(clause.text)]
        assert set(used) == {variable.name for variable in content.variables} == {"crisis_resources", "organization"}
        assert used.count("crisis_resources") == 1
        crisis = content.section(SectionKind.CRISIS_PROTOCOL).clauses
        assert any("crisis_resources" in placeholders(clause.text) for clause in crisis)

    def test_has_no_braces_but_placeholders_and_nothing_that_looks_like_a_chat(self, version: Version) -> None:
        for clause in version.content.clauses():
            bare = re.sub(r"\{\{ [a-z_]+ \}\}", "", clause.text)
            assert not re.search(r"[{}]", bare), clause.id
            assert not re.search(r"^\s*(?:user|assistant|system|human)\s*:", bare, re.I | re.M), clause.id
            assert not re.search(r"^\s*(?:-{3,}|#)", bare, re.M), clause.id

    def test_has_one_above_all_line_and_ends_on_a_prohibition(self, version: Version) -> None:
        text = render(version.content, {"crisis_resources": "your local emergency number"})
        assert text.count("ABOVE ALL") == 1
        assert re.search(r"\bnever\b", text.strip().split("\n\n")[-1])

    @pytest.mark.parametrize("cue", ["pills", "problem much longer", "took them all", "miss me"])
    def test_has_a_good_and_a_bad_reply_for_boundaries_crisis_and_closing(self, version: Version, cue: str) -> None:
        (clause,) = [c for c in version.content.section(SectionKind.EXAMPLES).clauses if cue in c.text.split("\n")[0]]
        assert re.findall(r"^(Good|Bad): \"", clause.text, re.M) == ["Good", "Bad"]

    def test_scripted_replies_are_easy_to_read(self, version: Version) -> None:
        examples = version.content.section(SectionKind.EXAMPLES).clauses
        replies = [match[1] for c in examples for match in re.finditer(r"^Good: \"(.+)\"$", c.text, re.M)]
        assert len(replies) == 4
        assert max(map(grade, replies)) <= SCRIPTED_GRADE_LIMIT

    def test_keeps_what_a_person_in_danger_needs(self, version: Version) -> None:
        crisis = " ".join(c.text for c in version.content.section(SectionKind.CRISIS_PROTOCOL).clauses)
        for needed in ('"Are you thinking about suicide?"', '"Are you safe right now?"', '"I cannot call for you."'):
            assert needed in crisis

    def test_lists_what_only_the_host_can_do(self, version: Version) -> None:
        assert 8 <= len(version.content.host_obligations) <= 12
        assert all(line.endswith(".") for line in version.content.host_obligations)


class TestCrisisRegistry:
    def test_says_that_it_is_unverified(self, registry: dict[str, Any]) -> None:
        assert set(registry) == {"note", "entries"}
        assert registry["note"].startswith("Shipped unverified")

    def test_entries_are_complete_and_nobody_has_checked_them(self, registry: dict[str, Any]) -> None:
        for entry in registry["entries"]:
            assert set(entry) == ENTRY_KEYS, entry
            assert all(entry.values()), entry
            assert entry["kind"] in {kind.value for kind in ResourceKind}, entry
            assert isinstance(entry["languages"], list), entry
            assert all(re.fullmatch(r"[a-z]{2}", language) for language in entry["languages"]), entry

    def test_every_locale_has_an_emergency_number_and_a_crisis_line(self, registry: dict[str, Any]) -> None:
        kinds: dict[str, set[str]] = {}
        for entry in registry["entries"]:
            kinds.setdefault(entry["locale"], set()).add(entry["kind"])
        assert set(kinds) == LOCALES
        assert all(found >= {"emergency", "crisis_line"} for found in kinds.values())

    def test_112_is_an_emergency_number_and_never_a_crisis_line(self, registry: dict[str, Any]) -> None:
        holders = {e["kind"] for e in registry["entries"] if re.search(r"\b112\b", e["contact"])}
        assert holders == {"emergency"}

    def test_no_contact_is_listed_twice(self, registry: dict[str, Any]) -> None:
        keys = [(e["locale"], e["kind"], e["contact"]) for e in registry["entries"]]
        assert len(keys) == len(set(keys))

    def test_nothing_in_it_counts_as_verified(self, registry: dict[str, Any]) -> None:
        assert not any(entry.verified for entry in Registry.model_validate(registry).entries)


class TestWorkedExample:
    def test_has_the_promised_shape(self, example: dict[str, Any]) -> None:
        assert set(example) == {"title", "note", "steps", "message", "answers", "preference", "edit"}
        assert "Written for teaching, no model said this" in example["note"]
        assert "Not yet reviewed by a clinician" in " ".join(example["note"].split())
        assert len(example["steps"]) == 5
        assert all(set(step) == {"title", "text"} for step in example["steps"])
        assert [answer["letter"] for answer in example["answers"]] == ["A", "B"]

    def test_takes_five_minutes_to_read(self, example: dict[str, Any]) -> None:
        marks = [" ".join(mark.values()) for answer in example["answers"] for mark in answer["marks"]]
        texts = [step["text"] for step in example["steps"]] + [answer["text"] for answer in example["answers"]] + marks
        assert word_count(" ".join([*texts, example["message"], *example["edit"].values()])) <= 5 * 200

    def test_each_quote_stands_exactly_once_in_its_answer(self, example: dict[str, Any]) -> None:
        for answer in example["answers"]:
            assert answer["marks"]
            for mark in answer["marks"]:
                assert answer["text"].count(mark["quote"]) == 1, mark
                start = answer["text"].index(mark["quote"])
                checked_span(answer["text"], start, start + len(mark["quote"]), mark["quote"])

    def test_labels_feelings_and_choice_exist(self, example: dict[str, Any]) -> None:
        for answer in example["answers"]:
            Feeling(answer["impression"]["feeling"])
            assert answer["impression"]["reason"]
            for mark in answer["marks"]:
                assert mark["label"] in LABELS, mark
                assert set(mark) - {"instead"} == {"quote", "label", "note"}, mark
                assert ("instead" in mark) == (not mark["label"].startswith("Q")), mark
        assert Choice(example["preference"]["choice"]) is Choice.RIGHT

    def test_the_edit_ends_in_the_shipped_clause(self, example: dict[str, Any], version: Version) -> None:
        edit = example["edit"]
        assert edit["after"].strip() == version.content.clause(edit["clause"]).text.strip()
        assert edit["before"].strip() != edit["after"].strip()
        assert edit["reason"].strip()


class TestHonesty:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_claims_no_license_rescue_or_review(self, path: Path) -> None:
        assert claims(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_names_no_checker_or_reviewer(self, path: Path) -> None:
        assert not re.search(r"^\s*-?\s*(?:checked_by|checked_on|reviewed_by)\s*:", path.read_text("utf-8"), re.M)

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_is_spelled_the_american_way(self, path: Path) -> None:
        british = r"\b(?:organis|recognis|normalis|behaviour|colour|favour|licence|counsell|practis|carer|judgement)\w*"
        assert not re.search(british, path.read_text(encoding="utf-8"), re.I)

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_uses_no_anchor_tag_or_empty_key(self, path: Path) -> None:
        events = list(yaml.parse(path.read_text(encoding="utf-8"), yaml.BaseLoader))
        assert not any(isinstance(event, yaml.AliasEvent) for event in events)
        assert all(getattr(event, "anchor", None) is None for event in events)
        scalars = [event for event in events if isinstance(event, yaml.ScalarEvent)]
        assert all(event.value.strip() and event.tag is None for event in scalars)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("I am a therapist.", ["I am a therapist"]),
            ("You should know that I'm your doctor", ["I'm your doctor"]),
            ("Never say: as your therapist", ["as your therapist"]),
            ("It is not clinically validated.", []),
            ("This set was reviewed by clinicians.", ["reviewed by clinicians"]),
            ("I've alerted someone", ["I've alerted"]),
        ],
    )
    def test_the_list_of_banned_claims_bites(self, text: str, found: list[str]) -> None:
        assert claims(text) == found
