"""A workspace in which every word that people or models can bring is hostile."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tests.security.payloads import payloads
from tests.workspaces import SCRIPTED, new_workspace, scripted
from workbench.domain.conversations import ArmSpec, Outcome, Request
from workbench.domain.hazards import LABELS
from workbench.domain.instructions import Clause, InstructionSet, Section, Variable, digest
from workbench.domain.judgements import Choice, Feeling
from workbench.domain.resources import Registry, Resource, ResourceKind
from workbench.domain.sections import SectionKind
from workbench.domain.versions import Number, Version
from workbench.errors import Conflict
from workbench.gateway.scripted import answer
from workbench.library import codec
from workbench.library.files import SetInfo
from workbench.library.shelf import (
    ExampleAnswer,
    ExampleEdit,
    ExampleImpression,
    ExampleMark,
    ExamplePreference,
    ExampleStep,
    WorkedExample,
)
from workbench.security.privacy import find_personal
from workbench.services.workbench import Workbench
from workbench.store.transcripts import Answer, Transcript

NAME = 80
"""The most characters of a public name."""
FAILS = "hostile/fails"
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
LOCALES = 4
BEGINNINGS = 64
VERSIONS = 3
"""Of the set that holds everything; each has reasons of its own."""


@dataclass
class Seeds:
    """What was put into the workspace, and where pages show it."""

    texts: tuple[str, ...]
    draft: str = ""
    versions: list[str] = field(default_factory=list)
    comparison: str = ""
    places: list[str] = field(default_factory=list)

    def in_groups(self, number: int) -> list[str]:
        """All texts as that many longer ones, each text a paragraph; what is left open swallows no other group."""
        return ["\n\n".join(self.texts[start::number]) for start in range(number)]

    def from_place(self, start: int) -> Iterator[str]:
        """The texts without end, from one of them on."""
        return islice(cycle(self.texts), start, None)


def seed(folder: Path, canary: str) -> Seeds:
    """Make the workspace: what files hold, what services write, what models said."""
    seeds = Seeds(tuple(text for text in payloads(canary).values() if _is_whole(text)))
    new_workspace(folder, models(seeds))
    shared = folder / "instruction_library"
    (shared / "_resources" / "crisis.yaml").write_bytes(codec.write(resources(seeds)))
    (shared / "_examples" / "veiled-remark.yaml").write_bytes(codec.write(example(seeds)))
    write_sets(shared, seeds)
    with scripted(folder, lambda request: hostile_answer(seeds, request)) as wb:
        write_draft(wb, seeds)
        talk_shortly(wb, seeds)
        talk_and_annotate(wb, seeds)
    return seeds


def answers(seeds: Seeds) -> list[dict[str, Any]]:
    """What the models of the running app say, one after the other."""
    return [
        {"text": text, "outcome": "complete"} if number % 3 else {"outcome": "server", "detail": text}
        for number, text in enumerate(seeds.in_groups(9))
    ]


def _is_whole(text: str) -> bool:
    """Half a character can neither be saved nor sent."""
    with contextlib.suppress(UnicodeEncodeError):
        return bool(text.encode())
    return False


# -- files


def models(seeds: Seeds) -> str:
    """A settings file with a hostile model for every text, and one that fails."""
    hostile = [
        {"name": f"hostile/{n}", "litellm_id": text, "note": text, "key_env": text, "api_base": text}
        for n, text in enumerate(seeds.texts)
    ]
    hostile.append({"name": FAILS, "litellm_id": "scripted/x", "note": "x", "key_env": "", "api_base": ""})
    lines = [SCRIPTED.replace('"your service"', _quoted(seeds.in_groups(1)[0]))]
    for number, model in enumerate(hostile):
        settings = f"{{ {_quoted(seeds.texts[number - 1])} = {_quoted(seeds.texts[number - 2])} }}"
        lines += [
            "[[models]]",
            *(f"{key} = {_quoted(value)}" for key, value in model.items()),
            f"settings = {settings}",
        ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def resources(seeds: Seeds) -> Registry:
    """An entry for every text, in several places with hostile names."""
    seeds.places = [f"{n} {text}" for n, text in enumerate(seeds.texts[:LOCALES])]
    entries = [
        Resource(
            locale=seeds.places[n % LOCALES],
            kind=list(ResourceKind)[n % len(ResourceKind)],
            name=text,
            contact=text,
            hours=text,
            languages=(text, text),
            deaf_access=text,
            source=text,
            checked_by=text if n % 2 else None,
            checked_on=AT.date() if n % 2 else None,
        )
        for n, text in enumerate(seeds.texts)
    ]
    return Registry(note=seeds.texts[0], entries=tuple(entries))


def example(seeds: Seeds) -> WorkedExample:
    """A worked example of hostile words alone."""
    labels, some, groups = cycle(LABELS), seeds.from_place(3), seeds.in_groups(5)
    marks = [ExampleMark(quote=t, label=next(labels), note=next(some), instead=next(some)) for t in seeds.texts]
    both = [
        ExampleAnswer(
            letter=next(some),
            text=group,
            marks=tuple(marks[half::2]),
            impression=ExampleImpression(feeling=Feeling.FINE, reason=next(some)),
        )
        for half, group in enumerate(groups[:2])
    ]
    return WorkedExample(
        title=next(some),
        note=next(some),
        steps=tuple(ExampleStep(title=next(some), text=group) for group in groups),
        message=groups[2],
        answers=tuple(both),
        preference=ExamplePreference(choice=Choice.LEFT, reason="```\n" + groups[3]),
        edit=ExampleEdit(clause=seeds.texts[0], before=groups[3], after=groups[4], reason=next(some)),
    )


def content(seeds: Seeds, slug: str, start: int) -> InstructionSet:
    """Instructions in which every word is hostile; each text is a clause."""
    some = seeds.from_place(start)
    kinds = list(SectionKind)
    clauses = [
        (kinds[n % len(kinds)], n // len(kinds) + 1, text) for n, text in enumerate(islice(some, len(seeds.texts)))
    ]
    used = " ".join(f"{{{{ v{n} }}}}" for n in range(len(seeds.texts)))
    clauses.append((SectionKind.EXAMPLES, 99, used))
    return InstructionSet(
        slug=slug,
        public_name=next(some)[:NAME],
        purpose=seeds.in_groups(1)[0],
        variables=tuple(Variable(name=f"v{n}", description=t, default=t) for n, t in enumerate(seeds.texts)),
        sections=tuple(Section(kind=kind, clauses=tuple(_clauses(kind, clauses, some))) for kind in kinds),
        host_obligations=seeds.texts,
    )


def _clauses(kind: SectionKind, of: Iterable[tuple[SectionKind, int, str]], some: Iterator[str]) -> Iterator[Clause]:
    for its, number, text in of:
        if its is kind:
            notes = {name: next(some) for name in ("rationale", "source", "technique", "check")}
            yield Clause(id=f"{kind.prefix}-{number:02d}", text=text, **notes)


# -- services


def write_sets(library: Path, seeds: Seeds) -> None:
    """A set for every text with a version named by it, and one set with everything in two versions.

    As files, because that is how they come from elsewhere; saving each with its two fsyncs would take ten seconds.
    """
    small = InstructionSet(slug="x", public_name="x", sections=(Section(kind=SectionKind.TONE, clauses=(_warm(),)),))
    for number, text in enumerate(seeds.texts):
        slug = f"hostile-{number}"
        _file(library, SetInfo(slug=slug, title=text, summary=text))
        _version(library, small.replace(slug=slug, public_name=text[:NAME]), "1.0.0", text, text)
    _file(library, SetInfo(slug="all", title=seeds.texts[0], summary=seeds.in_groups(1)[0]))
    for number, reason in enumerate(seeds.in_groups(VERSIONS)):
        ref = _version(library, content(seeds, "all", number), f"1.{number}.0", reason, seeds.texts[number])
        seeds.versions.append(ref)


def _warm() -> Clause:
    return Clause(id="TO-01", text="Be warm.")


def _file(library: Path, info: SetInfo) -> None:
    (library / info.slug).mkdir()
    (library / info.slug / "set.yaml").write_bytes(codec.write(info))


def _version(library: Path, instructions: InstructionSet, number: str, reason: str, by: str) -> str:
    version = Version(
        number=Number.parse(number),
        content=instructions,
        saved_by=by,
        saved_at=AT,
        reason=reason[:2000],
        reviewed_by=(by, by),
    )
    data = codec.write(version)
    path = library / instructions.slug / f"{number}.yaml"
    path.write_bytes(data)
    path.with_name(f"{path.name}.sha256").write_text(f"{digest(data)}  {path.name}\n")
    return version.ref


def write_draft(wb: Workbench, seeds: Seeds) -> None:
    """A draft named by every text; the last holds everything, with changed clauses and a text that lost a conflict."""
    for number in range(len(seeds.texts)):
        wb.authoring.start_draft(f"hostile-{number}")
    draft = wb.authoring.start_draft("all")
    seeds.draft = draft.id
    for number, clause in enumerate(islice(draft.content.clauses(), 0, None, 5)):
        text = seeds.texts[number]
        wb.authoring.edit_clause(draft.id, clause.id, text, base=digest(clause.text))
        with contextlib.suppress(Conflict):
            wb.authoring.edit_clause(draft.id, clause.id, seeds.texts[number + 1], base="old")


def sayable(seeds: Seeds) -> list[str]:
    """The texts that the privacy guard lets through."""
    return [text for text in seeds.texts if not find_personal(text)]


def hostile_answer(seeds: Seeds, request: Request) -> Any:
    """The message rotated: what one is asked with, another is answered with."""
    said = request.messages[-1].content
    if request.model.name == FAILS:
        return answer("", Outcome.SERVER, detail=said)
    return answer(f"{said}\n\n{seeds.texts[len(said) % len(seeds.texts)]}")


def talk_shortly(wb: Workbench, seeds: Seeds) -> None:
    """A conversation that begins with each of many texts."""
    arm = ArmSpec(instructions="", model="embedded/smollm2")
    for text in sayable(seeds)[:BEGINNINGS]:
        wb.conversing.say(wb.conversing.start([arm]), text)


def talk_and_annotate(wb: Workbench, seeds: Seeds) -> None:
    """One conversation with everything: three columns, marks, impressions, preferences, failures."""
    named = (
        (f"draft:{seeds.draft}", "embedded/smollm2"),
        ("all@1.1.0", "embedded/smollm2-focused"),
        ("hostile-0", FAILS),
    )
    seeds.comparison = wb.conversing.start([ArmSpec(instructions=ref, model=model) for ref, model in named])
    for group in ("\n\n".join(sayable(seeds)[start::8]) for start in range(8)):
        wb.conversing.say(seeds.comparison, group)
        transcript = wb.conversing.wait(seeds.comparison)
    first, second, failing = transcript.columns
    wb.conversing.answer_again(seeds.comparison, transcript.turns[-1].id, second.id)
    mark(wb, seeds, list(_answers(transcript, (first.id, second.id))))
    left, right = (transcript.turns[-1].answers[column.id][0] for column in (first, second))
    for choice, text in zip(cycle(Choice), seeds.texts, strict=False):
        wb.annotating.prefer(left.id, right.id, choice, text)
    wb.conversing.leave_out(failing.id)
    wb.conversing.wait(seeds.comparison)


def _answers(transcript: Transcript, columns: Sequence[str]) -> Iterator[Answer]:
    return (answer for turn in transcript.turns for column in columns for answer in turn.answers[column])


def mark(wb: Workbench, seeds: Seeds, given: Sequence[Answer]) -> None:
    """Every text as a note and as better words, and as the reason of an impression, over all answers."""
    labels, some = cycle(LABELS), seeds.from_place(1)
    for number, text in enumerate(seeds.texts):
        one = given[number % len(given)]
        quote = (one.text or "")[number : number + 9]
        wb.annotating.mark(
            one.id, number, number + len(quote), quote, label=next(labels), note=text, instead=next(some)
        )
    for one, reasons in zip(given, seeds.in_groups(len(given)), strict=True):
        wb.annotating.impression(one.id, Feeling.WORRIES_ME, reasons)
