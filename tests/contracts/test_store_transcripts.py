import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from tests.contracts.story import ANSWER, Story, answer, tell
from tests.workspaces import Clock
from workbench.domain.conversations import Outcome
from workbench.domain.judgements import Choice, Feeling, Span
from workbench.errors import NotFound
from workbench.store import comparisons, generations, judgements, texts, transcripts
from workbench.store.store import Store, Unaudited
from workbench.store.transcripts import Transcript


def load(store: Store, comparison: str) -> Transcript:
    with store.reading() as rx:
        return transcripts.load(rx, comparison)


@pytest.fixture
def story(store: Store) -> Story:
    return tell(store)


def test_everything_is_there_in_its_place(store: Store, story: Story, clock: Clock) -> None:
    found = load(store, story.comparison)
    assert (found.created_by, found.created_at) == ("ana", clock.now)
    assert [column.model for column in found.columns] == ["one", "two"]
    (turn,) = found.turns
    assert (turn.words.body, turn.by) == ("I cannot sleep.", "ana")
    first, failed = turn.answers[story.columns[0]]
    second, running = turn.answers[story.columns[1]]
    assert [a.number for a in (first, failed, second, running)] == [1, 2, 1, 2]
    assert (first.id, first.text, first.outcome) == (story.left, ANSWER, Outcome.COMPLETE)
    assert first.usage is not None
    assert (first.usage.completion_tokens, first.detail, first.at) == (12, "as told", clock.now)
    assert (failed.outcome, failed.text, failed.words, failed.running) == (Outcome.SERVER, None, None, False)
    assert (running.outcome, running.text, running.usage, running.running) == (None, "", None, True)
    assert found.running


def test_judgements_are_with_what_they_judge(store: Store, story: Story) -> None:
    (turn,) = load(store, story.comparison).turns
    left = turn.answers[story.columns[0]][0]
    (mark,), (impression,), (preference,) = left.marks, left.impressions, turn.preferences
    assert (mark.id, mark.by, mark.span) == (story.mark, "ana", Span.of(ANSWER, 0, 18))
    assert mark.note is not None
    assert (mark.note.body, mark.instead) == ("abrupt", None)
    assert impression.reason is not None
    assert (impression.feeling, impression.reason.body) == (Feeling.WORRIES_ME, "too fast")
    assert (preference.left_id, preference.right_id, preference.choice) == (story.left, story.right, Choice.RIGHT)
    assert turn.answers[story.columns[1]][0].marks == ()


def test_the_newest_judgement_of_each_person_counts(store: Store, story: Story, clock: Clock) -> None:
    clock.advance(seconds=1)
    for person, feeling in (("ana", Feeling.FINE), ("bo", Feeling.NOT_SURE)):
        with store.writing(person, "looked again") as tx:
            judgements.impress(tx, story.left, feeling, "")
            right, left = judgements.answer(tx, story.right), judgements.answer(tx, story.left)
            judgements.prefer(tx, right, left, Choice.TIE, "")
            tx.audit("judged", f"response:{story.left}")
    (turn,) = load(store, story.comparison).turns
    impressions = turn.answers[story.columns[0]][0].impressions
    assert {(i.by, i.feeling, i.reason) for i in impressions} == {
        ("ana", Feeling.FINE, None),
        ("bo", Feeling.NOT_SURE, None),
    }
    assert {(p.by, p.choice) for p in turn.preferences} == {("ana", Choice.TIE), ("bo", Choice.TIE)}


def test_a_withdrawn_mark_is_not_drawn(store: Store, story: Story) -> None:
    with store.writing("ana", "a slip") as tx:
        judgements.withdraw(tx, story.mark)
        tx.audit("withdrawn", f"annotation:{story.mark}")
    (turn,) = load(store, story.comparison).turns
    assert turn.answers[story.columns[0]][0].marks == ()


def test_removed_words_leave_their_place(store: Store, story: Story, clock: Clock) -> None:
    (turn,) = load(store, story.comparison).turns
    left = turn.answers[story.columns[0]][0]
    assert left.words is not None
    assert left.marks[0].note is not None
    clock.advance(days=1)
    with store.writing("bo", "asked to") as tx:
        quotes = judgements.quotes_of(tx, story.left)
        for text_id in (turn.words.id, left.words.id, left.marks[0].note.id, *quotes):
            texts.remove(tx, text_id)
        tx.audit("removed", f"turn:{turn.id}")
    (turn,) = load(store, story.comparison).turns
    left = turn.answers[story.columns[0]][0]
    (mark,) = left.marks
    assert (turn.words.body, turn.words.removed_at) == (None, clock.now)
    assert (left.text, left.outcome) == (None, Outcome.COMPLETE)
    assert mark.note is not None
    assert (mark.span, mark.start, mark.end, mark.note.body, mark.note.removed_at) == (None, 0, 18, None, clock.now)


def test_a_running_answer_shows_what_it_has_so_far(store: Store, story: Story) -> None:
    running = load(store, story.comparison).turns[0].answers[story.columns[1]][1]
    with store.writing("live", Unaudited.WRITE_BEHIND) as tx:
        generations.write_behind(tx, {running.id: "Take a"})
    assert load(store, story.comparison).turns[0].answers[story.columns[1]][1].text == "Take a"


def test_what_this_change_adds_can_be_loaded_in_it(store: Store, story: Story) -> None:
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        turn = comparisons.add_turn(tx, story.comparison, "And then?")
        answer(tx, story.comparison, turn, story.columns[0])
        found = transcripts.load(tx, story.comparison)
    assert [t.words.body for t in found.turns] == ["I cannot sleep.", "And then?"]
    assert found.turns[1].answers[story.columns[0]][0].text == ANSWER
    assert list(found.turns[1].answers) == [story.columns[0]]


def test_another_comparison_is_not_mixed_in(store: Store, story: Story, clock: Clock) -> None:
    clock.advance(minutes=1)
    other = tell(store)
    assert len(load(store, story.comparison).turns) == 1
    assert load(store, other.comparison).created_at - load(store, story.comparison).created_at == dt.timedelta(
        minutes=1
    )


def test_a_comparison_that_is_not_there(store: Store) -> None:
    with pytest.raises(NotFound, match="conversation"):
        load(store, "nothing")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_queries_does_not_grow(store: Store, story: Story, engine: Engine) -> None:
    looking = Store(engine, store.clock)
    with counted(engine) as short:
        load(looking, story.comparison)
    with store.writing("ana", Unaudited.AUTOSAVE) as tx:
        for number in range(30):
            turn = comparisons.add_turn(tx, story.comparison, f"message {number}")
            for column in story.columns:
                answer(tx, story.comparison, turn, column)
    with counted(engine) as long:
        assert len(load(looking, story.comparison).turns) == 31
    selects = [sum(statement.startswith("SELECT") for statement in seen) for seen in (short, long)]
    assert selects == [9, 9]
