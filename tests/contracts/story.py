"""A small comparison in which everything that can be kept is kept."""

from dataclasses import dataclass

from workbench.domain.conversations import End, ModelSpec, Outcome, Usage
from workbench.domain.hazards import LABELS
from workbench.domain.judgements import Choice, Feeling, Remark, Span
from workbench.store import comparisons, generations, judgements, registered, transcripts
from workbench.store.comparisons import NewColumn
from workbench.store.store import Store, Writing

ANSWER = "Take a slow breath. Then name five things you see."


@dataclass(frozen=True)
class Story:
    comparison: str
    columns: tuple[str, ...]
    turn: str
    left: str
    right: str
    mark: str


def column(model: str) -> NewColumn:
    return NewColumn(
        instructions="calm@1.0.0",
        instructions_digest="d" * 64,
        rendered="You listen.",
        model=ModelSpec(name=model, litellm_id=f"scripted/{model}", settings={"temperature": 0.7}),
    )


def end(outcome: Outcome) -> End:
    return End(outcome=outcome, detail="as told", usage=Usage(completion_tokens=12, seconds=1.5))


def answer(tx: Writing, comparison: str, turn: str, conversation: str, outcome: Outcome = Outcome.COMPLETE) -> None:
    started = generations.start(tx, comparison, turn, conversation, "here")
    assert generations.end(tx, started.id, ANSWER, end(outcome))


def tell(store: Store) -> Story:
    """Two columns, one message; an answer each, marked and compared; then a failure and a running answer."""
    with store.writing("ana", "a story") as tx:
        comparison = comparisons.start(tx, (column("one"), column("two")))
        columns = tuple(found.id for found in comparisons.columns(tx, comparison))
        turn = comparisons.add_turn(tx, comparison, "I cannot sleep.")
        for conversation in columns:
            answer(tx, comparison, turn, conversation)
        answer(tx, comparison, turn, columns[0], Outcome.SERVER)
        generations.start(tx, comparison, turn, columns[1], "here")
        registered.add(tx, f"calm@1.0.{len(registered.digests(tx))}", "calm", "d" * 64)
        tx.audit("compared", f"comparison:{comparison}")
    left, right = responses(store, comparison)
    with store.writing("ana", "a judgement") as tx:
        mark = judgements.annotate(tx, left, Remark(span=Span.of(ANSWER, 0, 18), label=min(LABELS), note="abrupt"))
        judgements.impress(tx, left, Feeling.WORRIES_ME, "too fast")
        judgements.prefer(tx, judgements.answer(tx, left), judgements.answer(tx, right), Choice.RIGHT, "warmer")
        tx.audit("judged", f"comparison:{comparison}")
    return Story(comparison, columns, turn, left, right, mark)


def responses(store: Store, comparison: str) -> list[str]:
    with store.reading() as rx:
        found = transcripts.load(rx, comparison)
    answers = [found.turns[0].answers[column.id] for column in found.columns]
    return [a.id for column in answers for a in column if a.words is not None]
