"""The verb *converse*: one message to every column, side by side."""

from collections.abc import Callable, Sequence

from workbench.domain.conversations import (
    MAX_ARMS,
    MAX_MESSAGE_CHARACTERS,
    ArmSpec,
    Completion,
    Message,
    Request,
    runs_here,
)
from workbench.domain.people import Person
from workbench.errors import ConsentNeeded, InvalidMessage, MayBeARealPerson, NotFound
from workbench.live.engine import Job, Live
from workbench.live.progress import Progress
from workbench.security.privacy import find_personal
from workbench.services.rendering import Rendering
from workbench.settings import Settings
from workbench.store import acknowledgements, comparisons, generations, history, judgements, texts, transcripts
from workbench.store.comparisons import Column, NewColumn, Summary
from workbench.store.ids import new_id
from workbench.store.store import Reading, Store
from workbench.store.transcripts import Transcript

NO_REAL_PERSON = "no real person's words"


class Conversing:
    """Talking to models. Bound to one caller."""

    def __init__(self, settings: Settings, store: Store, live: Live, rendering: Rendering, person: Person) -> None:
        self._settings, self._store, self._live = settings, store, live
        self._rendering, self._person = rendering, person

    # -- talking

    def start(self, arms: Sequence[ArmSpec]) -> str:
        """A new comparison, one column for each arm; returns its id.

        Raises:
            InvalidMessage: no arm, or more than six.
            UnknownModel, NotFound, InvalidFile, UnknownVariable, MissingValue.
        """
        if not 1 <= len(arms) <= MAX_ARMS:
            raise InvalidMessage(f"Choose between one and {MAX_ARMS} columns.")
        columns = tuple(self._column(arm) for arm in arms)
        with self._store.writing(self._person.id, "a person began to compare") as tx:
            comparison_id = comparisons.start(tx, columns)
            tx.audit("comparison started", f"comparison:{comparison_id}")
        return comparison_id

    def say(self, comparison_id: str, text: str) -> str:
        """Send a message to every column that was not left out; returns the turn's id at once.

        The message is committed before anything is sent.

        Raises:
            InvalidMessage: empty, too long, or answers still run.
            MayBeARealPerson: the guard saw something like a real person's data.
            ConsentNeeded: the first message that leaves this computer was not confirmed.
        """
        self._check(text)
        columns = [c for c in self._columns(comparison_id) if not c.left_out]
        self._check_consent(columns)
        with self._store.writing(self._person.id, "a person said something") as tx:
            if generations.running(tx, comparison_id):
                raise InvalidMessage("Answers are still coming. Your text is kept. Wait for them, or stop them.")
            turn_id = comparisons.add_turn(tx, comparison_id, text)
            started = [generations.start(tx, comparison_id, turn_id, column.id, self._live.owner) for column in columns]
            tx.audit("message sent", f"turn:{turn_id}")
        self._begin(comparison_id, started)
        return turn_id

    def answer_again(self, comparison_id: str, turn_id: str, column_id: str) -> None:
        """Ask one column for one more answer to a message; the answers it gave stay.

        Raises:
            InvalidMessage: that column is still answering.
        """
        column = next((c for c in self._columns(comparison_id) if c.id == column_id), None)
        if column is None:
            raise NotFound("There is no such column.")
        with self._store.writing(self._person.id, "a person asked for another answer") as tx:
            if any(g.conversation_id == column_id for g in generations.running(tx, comparison_id)):
                raise InvalidMessage("This column is still answering. Wait for it, or stop it.")
            started = generations.start(tx, comparison_id, turn_id, column_id, self._live.owner)
            tx.audit("another answer asked", f"turn:{turn_id}:{column_id}")
        self._begin(comparison_id, [started])

    def stop(self, comparison_id: str) -> None:
        """Stop every running answer; what was written is kept."""
        self._live.stop(comparison_id)

    def wait(self, comparison_id: str, seen: Callable[[Progress], None] = lambda _: None) -> Transcript:
        """Read along until every answer has ended, then the whole conversation."""
        self._live.wait(comparison_id, seen)
        return self.transcript(comparison_id)

    def leave_out(self, column_id: str) -> None:
        """Send nothing more to a column; what it said stays."""
        with self._store.writing(self._person.id, "a person left a column out") as tx:
            comparisons.leave_out(tx, column_id)
            tx.audit("column left out", f"conversation:{column_id}")

    def prepare(self, arms: Sequence[ArmSpec]) -> None:
        """Let the embedded model read the instructions before the first message."""
        for arm in arms:
            self._live.prepare(self._settings.model(arm.model), self._rendering.text(arm.instructions))

    def try_model(self, name: str) -> Completion:
        """Ask a model for one word, and keep nothing. Raises UnknownModel, ConsentNeeded never: no person's words."""
        model = self._settings.model(name)
        hello = Message(role="user", content="Say hello in one short sentence.")
        return self._live.complete(Request(id=new_id(), model=model, messages=(hello,)))

    # -- reading

    def transcript(self, comparison_id: str) -> Transcript:
        """The whole conversation, all columns. Raises NotFound."""
        with self._store.reading() as rx:
            return transcripts.load(rx, comparison_id)

    def recent(self, limit: int = 10) -> tuple[Summary, ...]:
        """The newest conversations."""
        with self._store.reading() as rx:
            return comparisons.recent(rx, limit)

    def title(self, column: Column) -> str:
        """What a person calls the instructions of a column."""
        return self._rendering.source(column.instructions).title

    # -- consent and removal

    def has_consented(self) -> bool:
        """Whether "no real person's words" was confirmed in this workspace."""
        with self._store.reading() as rx:
            return acknowledgements.exists(rx, NO_REAL_PERSON)

    def consent(self) -> None:
        """Confirm, once, that messages hold no real person's words."""
        if not self.has_consented():
            with self._store.writing(self._person.id, "a person confirmed it before the first message went out") as tx:
                acknowledgements.add(tx, NO_REAL_PERSON)
                tx.audit("confirmed", NO_REAL_PERSON)

    def remove_message(self, turn_id: str) -> None:
        """Remove the words of a person's message; its place, date and salted hash stay."""
        with self._store.reading() as rx:
            ids = (comparisons.text_of_turn(rx, turn_id),)
        self._remove(f"turn:{turn_id}", ids)

    def remove_answer(self, response_id: str) -> None:
        """Remove the words of an answer and every quote of it; its place, date and salted hash stay."""
        with self._store.reading() as rx:
            ids = (judgements.answer(rx, response_id).text_id, *judgements.quotes_of(rx, response_id))
        self._remove(f"response:{response_id}", ids)

    def _remove(self, what: str, text_ids: Sequence[str]) -> None:
        with self._store.writing(self._person.id, "a person asked to remove this text") as tx:
            before = texts.hashed(tx, text_ids[0])
            for text_id in text_ids:
                texts.remove(tx, text_id)
            tx.audit("words removed", what, before=before)
        self._live.forget_ended()
        self._store.scrub()

    # -- inside

    def _columns(self, comparison_id: str) -> tuple[Column, ...]:
        with self._store.reading() as rx:
            return comparisons.columns(rx, comparison_id)

    def _column(self, arm: ArmSpec) -> NewColumn:
        source = self._rendering.source(arm.instructions)
        return NewColumn(
            instructions=source.ref,
            instructions_digest=source.digest,
            rendered=self._rendering.text(arm.instructions),
            model=self._settings.model(arm.model),
        )

    def _check(self, text: str) -> None:
        if not text.strip():
            raise InvalidMessage("The message is empty. Write what the person would say.")
        if len(text) > MAX_MESSAGE_CHARACTERS:
            raise InvalidMessage(
                f"The message has {len(text):,} characters; {MAX_MESSAGE_CHARACTERS:,} is the most. "
                "Nothing was sent and your text is kept. Shorten it."
            )
        if found := find_personal(text):
            reasons = " ".join(dict.fromkeys(finding.reason for finding in found))
            raise MayBeARealPerson(f"{reasons} {MayBeARealPerson.__doc__} Take it out or make it up, then send again.")

    def _check_consent(self, columns: Sequence[Column]) -> None:
        leaves = [c for c in columns if not runs_here(c.litellm_id)]
        if leaves and not self.has_consented():
            raise ConsentNeeded

    def _begin(self, comparison_id: str, started: Sequence[generations.Generation]) -> None:
        with self._store.reading() as rx:
            columns = {column.id: column for column in comparisons.columns(rx, comparison_id)}
            jobs = [self._job(rx, comparison_id, columns[each.conversation_id], each) for each in started]
        self._live.begin(jobs)

    def _job(self, rx: Reading, comparison_id: str, column: Column, generation: generations.Generation) -> Job:
        model = self._settings.model(column.model).replace(litellm_id=column.litellm_id, settings=column.settings)
        said = history.messages(rx, generation.conversation_id, generation.turn_id)
        system = comparisons.rendered(rx, column.rendered_digest)
        messages = ((Message(role="system", content=system),) if system else ()) + said
        return Job(generation.id, comparison_id, Request(id=generation.id, model=model, messages=messages))
