"""The verb *author*: drafts, clauses, differences, lint, versions."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from workbench.domain.changes import ClauseChange, difference
from workbench.domain.instructions import Clause, InstructionSet, digest, render
from workbench.domain.lint import Finding, lint
from workbench.domain.people import Person
from workbench.domain.sections import SectionKind
from workbench.domain.values import Value
from workbench.domain.versions import FIRST, Bump, Number, Version, propose_bump
from workbench.errors import Conflict, InvalidFile, InvalidInstructions, NotFound, VersionExists
from workbench.library.files import Library, Problem, SetInfo, StoredVersion
from workbench.services.rendering import DRAFT, Rendering
from workbench.store import audit, comparisons, drafts, registered, texts
from workbench.store.drafts import Draft, Leftover
from workbench.store.store import Store, Unaudited

REMOVED = "[removed]"


class SetSummary(Value):
    """A set in a list: what it is called, its newest version, and whether a clinician has reviewed that."""

    slug: str
    title: str
    summary: str
    public_name: str = ""
    newest: str = ""
    """`slug@1.2.0`, or empty when no version was saved yet or the newest cannot be read."""
    reviewed_by: tuple[str, ...] = ()
    problem: str = ""


class Proposal(Value):
    """The number a draft should be saved under, and why."""

    number: Number
    bump: Bump
    reason: str


class Authoring:
    """Writing instructions together. Bound to one caller."""

    def __init__(self, library: Library, store: Store, rendering: Rendering, person: Person) -> None:
        self._library, self._store, self._rendering, self._person = library, store, rendering, person

    # -- reading

    def sets(self) -> tuple[SetSummary, ...]:
        """Every set of the library; one that cannot be read says so and hides no other."""
        return tuple(self._summary(info) for info in self._library.sets())

    def versions(self, slug: str) -> tuple[StoredVersion, ...]:
        """The saved versions of a set, newest first. Raises NotFound, InvalidFile."""
        return tuple(self._library.load(f"{slug}@{number}") for number in reversed(self._library.numbers(slug)))

    def version(self, ref: str) -> StoredVersion:
        """One version. Raises NotFound, InvalidFile."""
        return self._library.load(ref)

    def verify(self) -> tuple[Problem, ...]:
        """Every file of the library that is not what it was when it was saved, or was swapped behind our back."""
        with self._store.reading() as rx:
            known = registered.digests(rx)
        found = list(self._library.verify())
        broken = {problem.path for problem in found}
        for info in self._library.sets():
            for stored in (self._library.load(f"{info.slug}@{n}") for n in self._sound(info.slug, broken)):
                if known.get(stored.ref, stored.digest) != stored.digest:
                    found.append(Problem(stored.path, f"{stored.ref} is not the file that was registered here."))
        return tuple(found)

    def drafts(self, slug: str = "") -> tuple[Draft, ...]:
        """Open drafts, the newest change first."""
        with self._store.reading() as rx:
            return drafts.opened(rx, slug)

    def draft(self, draft_id: str) -> Draft:
        """One draft. Raises NotFound."""
        with self._store.reading() as rx:
            return drafts.get(rx, draft_id)

    def leftovers(self, draft_id: str) -> tuple[Leftover, ...]:
        """Texts that lost a conflict in this draft, the newest first."""
        with self._store.reading() as rx:
            return drafts.leftovers(rx, draft_id)

    def content(self, ref: str) -> InstructionSet:
        """The instructions of a version or a draft. Raises NotFound, InvalidFile."""
        return self._rendering.source(ref).content

    def rendered(self, ref: str) -> str:
        """The text that a model reads here. Raises UnknownVariable, MissingValue."""
        return self._rendering.text(ref)

    def difference(self, before: str, after: str) -> tuple[ClauseChange, ...]:
        """What changed between two versions or drafts, clause by clause, in words."""
        return difference(self.content(before), self.content(after))

    def lint(self, ref: str) -> tuple[Finding, ...]:
        """What the rules find in a version or draft, errors first."""
        return lint(self.content(ref))

    # -- writing

    def new_set(self, title: str, public_name: str) -> Draft:
        """Make a new set and a first, empty draft of it. Raises VersionExists when the name is taken."""
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-")
        if not slug or not public_name.strip():
            raise InvalidInstructions("A set needs a title and a public name. Nothing was made.")
        self._library.create(SetInfo(slug=slug, title=title.strip()))
        return self._start(InstructionSet(slug=slug, public_name=public_name.strip()), base="")

    def start_draft(self, ref: str) -> Draft:
        """A new draft from a version, or from the newest of a set. Raises NotFound, InvalidFile."""
        stored = self._library.load(ref)
        return self._start(stored.version.content, base=stored.ref)

    def edit_clause(self, draft_id: str, clause_id: str, text: str, *, base: str) -> Draft:
        """Save new words of a clause, if it still has the digest `base` (SHA-256 of the text they were typed on).

        Raises:
            Conflict: somebody else changed it; both texts are kept and carried by the error.
            InvalidInstructions: the text is empty or too long.
        """
        try:
            return self._change(draft_id, lambda content: _reworded(content, clause_id, text, base))
        except Conflict as conflict:
            with self._store.writing(self._person.id, Unaudited.AUTOSAVE) as tx:
                drafts.keep_leftover(tx, draft_id, clause_id, conflict.yours)
            raise

    def note_clause(self, draft_id: str, clause_id: str, **notes: str) -> Draft:
        """Save the notes around a clause: rationale, source, technique, check."""
        return self._change(draft_id, lambda c: c.with_clause(_checked(c.clause(clause_id), **notes)))

    def add_clause(self, draft_id: str, kind: SectionKind, text: str) -> Draft:
        """Add a clause at the end of a section. Raises InvalidInstructions."""
        _checked(Clause(id="XX-00", text="x"), text=text)
        return self._change(draft_id, lambda content: content.with_new_clause(kind, text))

    def take_out_clause(self, draft_id: str, clause_id: str) -> Draft:
        """Take a clause out of the draft. Raises NotFound."""
        return self._change(draft_id, lambda content: content.without_clause(clause_id))

    def put_back_clause(self, draft_id: str, kind: SectionKind, clause: Clause) -> Draft:
        """Undo of `take_out_clause`: the clause, with its id, at the end of its section."""
        return self._change(draft_id, lambda content: _with_clause_at_end(content, kind, clause))

    def close_draft(self, draft_id: str) -> None:
        """Put a draft away; its words stay until they are removed."""
        with self._store.writing(self._person.id, "the draft is no longer needed") as tx:
            drafts.close(tx, draft_id)
            tx.audit("draft closed", f"draft:{draft_id}")

    def propose(self, draft_id: str) -> Proposal:
        """The next free number for a draft, by what changed since the version it was made from."""
        draft = self.draft(draft_id)
        taken = self._library.numbers(draft.slug)
        if not draft.base or not taken:
            return Proposal(number=FIRST, bump=Bump.MAJOR, reason="It is the first version.")
        base = self._library.load(draft.base).version
        bump, reason = propose_bump(base.content, draft.content)
        number = base.number.bump(bump)
        while number in taken:
            number = number.bump(bump)
        return Proposal(number=number, bump=bump, reason=reason)

    def save_version(self, draft_id: str, reason: str, number: Number | None = None) -> StoredVersion:
        """Write the draft as a version, register it and put the draft away.

        Raises:
            InvalidInstructions: no reason, nothing changed, no clause, or a variable that is not declared.
            VersionExists: the number is taken; the draft is kept.
            StorageFull: nothing was saved; the draft is kept.
        """
        draft = self.draft(draft_id)
        self._check_before_saving(draft, reason)
        version = Version(
            number=number or self.propose(draft_id).number,
            parent=Number.parse(draft.base.partition("@")[2]) if draft.base else None,
            content=draft.content,
            saved_by=self._person.name,
            saved_at=self._store.clock(),
            reason=reason.strip(),
        )
        stored = self._library.write(version)
        with self._store.writing(self._person.id, "a version was saved; its reason is in the file") as tx:
            registered.add(tx, stored.ref, draft.slug, stored.digest)
            drafts.close(tx, draft_id)
            tx.audit("version saved", stored.ref, after=stored.digest)
        return stored

    def remove_words(self, draft_id: str, clause_id: str) -> Draft:
        """Remove the words of a clause from the draft and from every text that models read from this draft."""
        draft = self.draft(draft_id)
        clause, what = draft.content.clause(clause_id), f"draft:{draft_id}:{clause_id}"
        with self._store.writing(self._person.id, "a person asked to remove this text") as tx:
            for text_id in comparisons.rendered_with(tx, clause.text.strip(), f"{DRAFT}{draft_id}"):
                texts.remove(tx, text_id)
            saved = drafts.save(tx, draft, draft.content.with_clause(clause.replace(text=REMOVED)))
            tx.audit("words removed", what, before=clause.text)
            audit.forget(tx, what)
        self._store.scrub()
        return saved

    # -- inside

    def _start(self, content: InstructionSet, base: str) -> Draft:
        with self._store.writing(self._person.id, "a person began to work on it") as tx:
            draft = drafts.start(tx, content, base)
            tx.audit("draft started", f"draft:{draft.id}", after=base or None)
        return draft

    def _change(self, draft_id: str, change: Callable[[InstructionSet], InstructionSet]) -> Draft:
        """Save what `change` makes of the newest content; others' saves in between are built upon, never lost."""
        while True:
            with self._store.writing(self._person.id, Unaudited.AUTOSAVE) as tx:
                draft = drafts.get(tx, draft_id)
                if draft.closed:
                    raise NotFound("This draft was saved or put away meanwhile. Your text is kept. Start a new draft.")
                changed = change(draft.content)
                if changed == draft.content:
                    return draft
                with contextlib.suppress(drafts.Stale):  # a database that lets two read at once: look again
                    return drafts.save(tx, draft, changed)

    def _check_before_saving(self, draft: Draft, reason: str) -> None:
        if not reason.strip():
            raise InvalidInstructions("A version needs a reason. Your draft is kept. Say why it was made.")
        if not any(draft.content.clauses()):
            raise InvalidInstructions("The draft has no clause yet. It is kept. Write one first.")
        render(draft.content, {v.name: v.default or "…" for v in draft.content.variables})
        if draft.base and self._library.load(draft.base).version.content == draft.content:
            raise InvalidInstructions(f"Nothing was changed since {draft.base}. The draft is kept.")
        if draft.closed:
            raise VersionExists("This draft was already saved or put away. Start a new draft to go on.")

    def _sound(self, slug: str, broken: set[Path]) -> list[Number]:
        numbers = self._library.numbers(slug)
        return [n for n in numbers if self._library.folder / slug / f"{n}.yaml" not in broken]

    def _summary(self, info: SetInfo) -> SetSummary:
        common = info.model_dump()
        try:
            newest = self._library.load(info.slug).version
        except NotFound:
            return SetSummary(**common)
        except InvalidFile as error:
            return SetSummary(**common, problem=str(error))
        name, ref = newest.content.public_name, newest.ref
        return SetSummary(**common, public_name=name, newest=ref, reviewed_by=newest.reviewed_by)


def _reworded(content: InstructionSet, clause_id: str, text: str, base: str) -> InstructionSet:
    clause = content.clause(clause_id)
    if clause.text != text and digest(clause.text) != base:
        raise Conflict(
            f"{clause_id} was changed by somebody else while you wrote. Both texts are kept. Choose which one stays.",
            theirs=clause.text,
            yours=text,
        )
    return content.with_clause(_checked(clause, text=text))


def _with_clause_at_end(content: InstructionSet, kind: SectionKind, clause: Clause) -> InstructionSet:
    section = content.section(kind)
    return content.with_section(section.replace(clauses=(*section.clauses, clause)))


def _checked(clause: Clause, **changes: str) -> Clause:
    try:
        return clause.replace(**changes)
    except ValueError as error:
        raise InvalidInstructions(
            "A clause needs between 1 and 20,000 characters. Your text is kept in this browser; shorten or complete it."
        ) from error
