"""Which slot of the embedded model reads which conversation. Runs in the model process; knows no model.

A slot keeps what it read. A conversation that begins like what a slot holds is answered at once; any other has to be
read first, at a few hundred words a second. llama.cpp would choose by likeness and let two versions of one text, which
begin alike, push each other out of a single slot; so the choice is made here.
"""

import asyncio
from dataclasses import dataclass

Texts = tuple[str, ...]


@dataclass
class Slot:
    """One place in the model's memory."""

    number: int
    label: str = ""
    """The name of the model preset it last served."""
    texts: Texts = ()
    """The messages it has read, instructions first."""
    busy: bool = False
    preparing: bool = False
    used: int = 0
    """When it was last given back, on a counter."""


class Slots:
    """Lends slots; who finds none waits in line."""

    def __init__(self, count: int) -> None:
        self._slots = [Slot(number) for number in range(count)]
        self._changed = asyncio.Condition()
        self._clock = 0

    def holds(self, label: str, system: str) -> bool:
        """Whether a slot of that preset has read these instructions or is reading them."""
        return any(slot.label == label and slot.texts[:1] == (system,) for slot in self._slots)

    async def take(self, label: str, texts: Texts) -> Slot:
        """The slot that knows most of this conversation, else the one unused for longest; waits until there is one."""
        async with self._changed:
            while (slot := self._choose(label, texts)) is None:
                await self._changed.wait()
            slot.busy, slot.label, slot.texts = True, label, texts
            return slot

    def take_to_prepare(self, label: str, system: str) -> Slot | None:
        """An idle slot for reading instructions early, or None: real answers come first."""
        idle = [slot for slot in self._slots if not slot.busy]
        others = [slot for slot in idle if slot.texts[:1] != (system,)]  # another preset may need that one
        if not idle:
            return None
        slot = min(others or idle, key=lambda slot: slot.used)
        slot.busy, slot.preparing, slot.label, slot.texts = True, True, label, (system,)
        return slot

    async def give_back(self, slot: Slot, texts: Texts) -> None:
        """Return a slot that now holds these texts."""
        async with self._changed:
            self._clock += 1
            slot.busy, slot.preparing, slot.texts, slot.used = False, False, texts, self._clock
            self._changed.notify_all()

    def _choose(self, label: str, texts: Texts) -> Slot | None:
        idle = [slot for slot in self._slots if not slot.busy]
        best = max(idle, key=lambda slot: _likeness(slot, label, texts), default=None)
        if best is None or _common(best.texts, texts):
            return best
        if any(slot.preparing and slot.label == label and slot.texts[0] == texts[0] for slot in self._slots):
            return None  # the instructions are being read right now: waiting is shorter than reading them twice
        return min(idle, key=lambda slot: slot.used)


def _likeness(slot: Slot, label: str, texts: Texts) -> tuple[int, bool, int, int]:
    """Most in common first, then the same preset, then what would lose least by going on differently."""
    return _common(slot.texts, texts), slot.label == label, -len(slot.texts), -slot.used


def _common(held: Texts, wanted: Texts) -> int:
    """How many leading messages two conversations share."""
    shared = 0
    for one, other in zip(held, wanted, strict=False):
        if one != other:
            break
        shared += 1
    return shared
