"""The verb *annotate*: marks on answers, impressions, and which of two was better."""

from enum import StrEnum
from typing import TypeVar

from workbench.domain.judgements import Choice, Feeling, Remark, checked_span
from workbench.domain.people import Person
from workbench.errors import InvalidAnnotation
from workbench.store import judgements, texts
from workbench.store.judgements import Answer
from workbench.store.store import Store


class Annotating:
    """Saying what is wrong or right with answers. Bound to one caller."""

    def __init__(self, store: Store, person: Person) -> None:
        self._store, self._person = store, person

    def mark(  # noqa: PLR0913 - a place takes three figures and a remark three words
        self, answer_id: str, start: int, end: int, quote: str, *, label: str, note: str = "", instead: str = ""
    ) -> str:
        """Mark `quote` at code points `start` to `end` of an answer; returns the mark's id.

        Raises:
            InvalidAnnotation: the quote does not stand there, or the label is not known.
        """
        with self._store.writing(self._person.id, "a person marked an answer") as tx:
            span = checked_span(_text(judgements.answer(tx, answer_id)), start, end, quote)
            try:
                remark = Remark(span=span, label=label, note=note.strip(), instead=instead.strip())
            except ValueError as error:
                raise InvalidAnnotation("There is no such label. Nothing was saved.") from error
            mark_id = judgements.annotate(tx, answer_id, remark)
            tx.audit("answer marked", f"annotation:{mark_id}", after=label)
        return mark_id

    def mark_words(self, answer_id: str, quote: str, *, label: str, note: str = "", instead: str = "") -> str:
        """Mark words that stand exactly once in an answer; returns the mark's id. Raises InvalidAnnotation."""
        with self._store.reading() as rx:
            text = _text(judgements.answer(rx, answer_id))
        if not quote or text.count(quote) != 1:
            raise InvalidAnnotation(f"{quote!r} stands {text.count(quote) if quote else 0} times in this answer.")
        start = text.index(quote)
        return self.mark(answer_id, start, start + len(quote), quote, label=label, note=note, instead=instead)

    def withdraw(self, mark_id: str) -> None:
        """Take a mark back; it stays on record as withdrawn. Raises NotFound."""
        with self._store.writing(self._person.id, "a person took a mark back") as tx:
            judgements.withdraw(tx, mark_id)
            tx.audit("mark withdrawn", f"annotation:{mark_id}")

    def impression(self, answer_id: str, feeling: Feeling | str, reason: str = "") -> None:
        """Keep a feeling about an answer (`fine`, `not_sure`, `worries_me`): a note that never counts as evidence.

        Raises:
            InvalidAnnotation: no such feeling.
            NotFound: no such answer.
        """
        felt = _one_of(Feeling, feeling)
        with self._store.writing(self._person.id, "a person left an impression") as tx:
            judgements.answer(tx, answer_id)
            kept = judgements.impress(tx, answer_id, felt, reason.strip())
            tx.audit("impression left", f"impression:{kept}", after=felt.value)

    def prefer(self, left_id: str, right_id: str, choice: Choice | str, reason: str = "") -> None:
        """Keep which of two answers to one message was better: `left`, `right`, `tie` or `both_unsafe`.

        Raises:
            InvalidAnnotation: no such choice, or not two columns' answers to one message.
            NotFound: no such answer.
        """
        chosen = _one_of(Choice, choice)
        with self._store.writing(self._person.id, "a person compared two answers") as tx:
            left, right = judgements.answer(tx, left_id), judgements.answer(tx, right_id)
            if left.turn_id != right.turn_id or left.conversation_id == right.conversation_id:
                raise InvalidAnnotation("Two answers of different columns to the same message can be compared.")
            kept = judgements.prefer(tx, left, right, chosen, reason.strip())
            tx.audit("answers compared", f"preference:{kept}", after=chosen.value)

    def remove_words(self, note_id: str) -> None:
        """Remove the words of a mark (its quote, note and better wording) or of an impression. Raises NotFound."""
        with self._store.writing(self._person.id, "a person asked to remove this text") as tx:
            for text_id in judgements.words_of_note(tx, note_id):
                texts.remove(tx, text_id)
            tx.audit("words removed", f"note:{note_id}")
        self._store.scrub()


def _text(answer: Answer) -> str:
    if answer.text is None:
        raise InvalidAnnotation("The words of this answer were removed, so they cannot be marked.")
    return answer.text


E = TypeVar("E", bound=StrEnum)


def _one_of(kind: type[E], value: str) -> E:
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidAnnotation(f"{value!r} is not one of: {', '.join(kind)}. Nothing was saved.") from error
