"""What changed between two texts or two instruction sets, in words.

Two stages: equal sentences and lines are matched first, then words inside what is left. Matching words at once over
4,000 words takes seconds and reads badly.
"""

import difflib
import re
from enum import StrEnum

from workbench.domain.instructions import Clause, InstructionSet
from workbench.domain.sections import SectionKind
from workbench.domain.values import Value

_SENTENCES = re.compile(r"[^.!?\n]*(?:[.!?]+[\"')\]]*\s*|\n\s*|$)")
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
_ENOUGH_ALIKE = 0.5


class Change(StrEnum):
    """What happened to a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class Piece(Value):
    """A stretch of text that was kept, added or removed."""

    change: Change
    text: str


class ClauseChange(Value):
    """One clause that differs: before or after is None when it was added or removed."""

    section: SectionKind
    clause_id: str
    before: Clause | None
    after: Clause | None
    pieces: tuple[Piece, ...]
    moved: bool = False

    @property
    def kind(self) -> str:
        """In one word: added, removed, moved, reworded or annotated (only the notes around it changed)."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        if self.before.text.strip() != self.after.text.strip():
            return "reworded"
        return "moved" if self.moved else "annotated"


def word_difference(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces from `before` to `after`.

    Kept and added pieces together are `after`, kept and removed ones are `before`, to the character.
    """
    old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in _opcodes(old, new):
        if tag == "equal":
            pieces.append(Piece(change=Change.SAME, text="".join(old[a:b])))
        else:
            pieces += _inside("".join(old[a:b]), "".join(new[c:d]))
    return _joined(pieces)


def _inside(before: str, after: str) -> list[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if not old or not new or matcher.ratio() < _ENOUGH_ALIKE:
        return [Piece(change=Change.REMOVED, text=before), Piece(change=Change.ADDED, text=after)]
    pieces = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece(change=Change.SAME, text="".join(old[a:b])))
        else:
            pieces.append(Piece(change=Change.REMOVED, text="".join(old[a:b])))
            pieces.append(Piece(change=Change.ADDED, text="".join(new[c:d])))
    return pieces


def _opcodes(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    return list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if joined and joined[-1].change is piece.change:
            joined[-1] = Piece(change=piece.change, text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)


def difference(before: InstructionSet, after: InstructionSet) -> tuple[ClauseChange, ...]:
    """Every clause that differs, in the order of the sections; removed clauses stand in their old section."""
    old = {c.id: c for c in before.clauses()}
    new = {c.id: c for c in after.clauses()}
    changes = []
    for kind in SectionKind:
        ids = dict.fromkeys(c.id for s in (after, before) for c in s.section(kind).clauses)
        moved = _moved(before, after, kind)
        for clause_id in ids:
            if clause_id in new and after.section_of(clause_id) is not kind:
                continue  # it went to another section and is told there
            if old.get(clause_id) != new.get(clause_id) or clause_id in moved:
                changes.append(_clause_change(kind, clause_id, old.get(clause_id), new.get(clause_id), moved))
    return tuple(changes)


def _clause_change(
    kind: SectionKind, clause_id: str, before: Clause | None, after: Clause | None, moved: set[str]
) -> ClauseChange:
    return ClauseChange(
        section=kind,
        clause_id=clause_id,
        before=before,
        after=after,
        pieces=word_difference(before.text.strip() if before else "", after.text.strip() if after else ""),
        moved=clause_id in moved,
    )


def _moved(before: InstructionSet, after: InstructionSet, kind: SectionKind) -> set[str]:
    old = [c.id for c in before.section(kind).clauses]
    new = [c.id for c in after.section(kind).clauses]
    everywhere = {c.id for c in before.clauses()}
    came = {i for i in new if i in everywhere and i not in old}
    stayed_old, stayed_new = [i for i in old if i in new], [i for i in new if i in old]
    in_order: set[str] = set()
    for block in difflib.SequenceMatcher(None, stayed_old, stayed_new, autojunk=False).get_matching_blocks():
        in_order.update(stayed_new[block.b : block.b + block.size])
    return came | (set(stayed_new) - in_order)
