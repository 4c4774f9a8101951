"""Conversing over a scripted gateway: what is sent, what is kept, how answers end."""

import datetime as dt
import time
from collections.abc import Callable

import pytest

from tests.workspaces import Script, Talk, slow_words, words
from workbench.domain.conversations import ArmSpec, Delta, End, Outcome, Request, Retrying
from workbench.errors import (
    ConsentNeeded,
    InvalidMessage,
    MayBeARealPerson,
    NotFound,
    StorageFull,
    StorageUnavailable,
    UnknownModel,
)
from workbench.live.progress import Progress
from workbench.services.results import results
from workbench.services.workbench import Workbench

Make = Callable[..., Workbench]


def test_every_column_gets_the_message_and_its_own_instructions(talk: Talk) -> None:
    talk.say("I can't sleep before exams")
    one, two = talk.requests
    assert [m.role for m in one.messages] == ["system", "user"]
    assert one.messages[1].content == two.messages[-1].content == "I can't sleep before exams"
    assert one.messages[0].content.startswith("# Role and scope")
    assert len(two.messages) == 1, "a column without instructions has no system message"


def test_a_column_goes_on_from_its_own_first_answer(talk: Talk) -> None:
    turn = talk.say("first")
    talk.wb.conversing.answer_again(talk.id, turn, talk.columns[0].id)
    talk.wait()
    talk.say("second")
    history = [m.content for m in talk.requests[-2].messages[1:]]
    assert history == ["first", "answer 1", "second"]


def test_answering_again_adds_and_hides_nothing(talk: Talk) -> None:
    turn = talk.say("first")
    talk.wb.conversing.answer_again(talk.id, turn, talk.columns[0].id)
    answers = talk.wait().turns[0].answers[talk.columns[0].id]
    assert [(a.number, a.text) for a in answers] == [(1, "answer 1"), (2, "answer 3")]


def test_a_failure_is_told_and_costs_the_others_nothing(make_workbench: Make) -> None:
    def script(request: Request) -> Script:
        if request.model.name.endswith("focused"):
            return [End(outcome=Outcome.RATE, detail="slow down")]
        return words("fine")

    talk = Talk(make_workbench(script))
    talk.say("hello")
    told = results(talk.wait())
    assert [(r.outcome, r.text, r.detail) for r in told] == [("complete", "fine", ""), ("rate", None, "slow down")]


def test_a_failed_column_can_be_left_out(talk: Talk) -> None:
    talk.wb.conversing.leave_out(talk.columns[1].id)
    talk.say("only to A")
    assert len(talk.requests) == 1
    assert len(results(talk.wait())) == 1


def test_the_message_is_committed_before_anything_is_sent(make_workbench: Make) -> None:
    seen: list[str | None] = []

    def script(request: Request) -> Script:
        seen.extend(turn.words.body for turn in talk.wb.conversing.transcript(talk.id).turns)
        return words("ok")

    talk = Talk(make_workbench(script))
    talk.say("kept first")
    assert seen[0] == "kept first"


def test_stop_keeps_what_was_written(make_workbench: Make) -> None:
    talk = Talk(make_workbench(lambda _: slow_words("one two three four five six seven eight", seconds=0.1)))
    talk.wb.conversing.say(talk.id, "go")
    until(lambda: talk.wb.live._of(talk.id)[0].text != "")
    talk.wb.conversing.stop(talk.id)
    answer = results(talk.wait())[0]
    assert answer.outcome == "stopped"
    assert answer.text
    assert "one two three four five six seven eight".startswith(answer.text.strip())


def test_an_answer_that_nobody_reads_is_stopped_and_kept(make_workbench: Make) -> None:
    talk = Talk(make_workbench(lambda _: [Delta(text="begun"), 30.0]))
    talk.wb.conversing.say(talk.id, "go")
    until(lambda: talk.wb.live._of(talk.id)[0].text != "")
    talk.clock.advance(seconds=59)
    time.sleep(0.7)
    assert talk.transcript().running
    talk.clock.advance(seconds=2)
    until(lambda: not talk.transcript().running)
    answer = results(talk.transcript())[0]
    assert (answer.outcome, answer.text, answer.detail) == ("stopped", "begun", "Nobody was reading any more.")


def test_a_reader_keeps_an_answer_alive(make_workbench: Make) -> None:
    talk = Talk(make_workbench(lambda _: [Delta(text="begun"), 1.5, Delta(text=" and done")]), arms=1)
    talk.wb.conversing.say(talk.id, "go")
    talk.clock.advance(seconds=90)
    assert results(talk.wait())[0].outcome == "complete"


def test_a_retry_is_told_while_it_waits(make_workbench: Make) -> None:
    retry = Retrying(outcome=Outcome.SERVER, attempt=2, wait_seconds=2)
    talk = Talk(make_workbench(lambda _: [retry, 0.3, *words("there")]), arms=1)
    told: list[Progress] = []
    talk.wb.conversing.say(talk.id, "go")
    talk.wb.conversing.wait(talk.id, told.append)
    states = {state for progress in told for state in progress.states.values()}
    assert "The provider has trouble on its side. Trying again in 2 s." in states


def test_a_reader_gets_every_word_once_and_may_join_late(make_workbench: Make) -> None:
    talk = Talk(make_workbench(lambda _: slow_words("one two three four", seconds=0.05)), arms=1)
    talk.wb.conversing.say(talk.id, "go")
    until(lambda: talk.wb.live._of(talk.id)[0].text.startswith("one"))
    heard: list[tuple[int, str]] = []
    talk.wb.conversing.wait(talk.id, lambda p: heard.extend(p.pieces.values()))
    text = ""
    for offset, piece in heard:
        assert offset == len(text)
        text += piece
    assert text.strip() == "one two three four"


def test_an_answer_whose_process_is_gone_is_interrupted_with_its_words(make_workbench: Make) -> None:
    first = make_workbench(lambda _: [Delta(text="half a sent"), 60.0])
    talk = Talk(first, arms=1)
    first.conversing.say(talk.id, "go")
    until(lambda: any(a.partial for t in talk.transcript().turns for c in t.answers.values() for a in c))
    first.live._running.clear()  # as if the process had been killed: nobody renews the lease
    talk.clock.advance(seconds=26)
    second = make_workbench(lambda _: words("x"), clock=talk.clock)
    answer = results(second.conversing.transcript(talk.id))[0]
    assert (answer.outcome, answer.text) == ("interrupted", "half a sent")


def test_a_running_answer_of_another_process_is_left_alone_and_can_be_stopped(make_workbench: Make) -> None:
    first = make_workbench(lambda _: [Delta(text="running"), 60.0])
    talk = Talk(first, arms=1)
    first.conversing.say(talk.id, "go")
    until(lambda: any(a.partial for t in talk.transcript().turns for c in t.answers.values() for a in c))
    second = make_workbench(lambda _: words("x"), clock=talk.clock)
    assert second.conversing.transcript(talk.id).running
    second.conversing.stop(talk.id)
    assert results(second.conversing.wait(talk.id))[0].outcome == "stopped"


@pytest.mark.parametrize("trouble", [StorageFull, StorageUnavailable])
def test_an_answer_outlives_a_full_or_busy_database(
    make_workbench: Make, monkeypatch: pytest.MonkeyPatch, trouble: type[Exception]
) -> None:
    talk = Talk(make_workbench(lambda _: [1.2, *words("kept")]), arms=1)
    talk.wb.conversing.say(talk.id, "go")
    real, refused = type(talk.wb.store).writing, 0

    def writing(self: object, actor: str, reason: object) -> object:
        nonlocal refused
        refused += 1
        if refused <= 3:  # two flushes while it runs, and the first try to keep its end
            raise trouble
        return real(self, actor, reason)  # type: ignore[arg-type]

    monkeypatch.setattr(type(talk.wb.store), "writing", writing)
    answer = results(talk.wait())[0]
    assert (answer.outcome, answer.text) == ("complete", "kept")
    assert refused > 3


def test_closing_keeps_running_answers_as_interrupted(make_workbench: Make) -> None:
    first = make_workbench(lambda _: [Delta(text="begun"), 60.0])
    talk = Talk(first, arms=1)
    first.conversing.say(talk.id, "go")
    until(lambda: first.live._of(talk.id)[0].text != "")
    first.close()
    second = make_workbench(lambda _: words("x"))
    assert results(second.conversing.transcript(talk.id))[0].outcome == "interrupted"


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_001, "x" * 1_000_000])
def test_a_message_that_cannot_be_sent_is_told_and_nothing_is_sent(talk: Talk, text: str) -> None:
    with pytest.raises(InvalidMessage, match=r"Write what|Nothing was sent and your text is kept"):
        talk.wb.conversing.say(talk.id, text)
    assert talk.transcript().turns == ()


def test_a_real_looking_person_is_stopped_with_the_reason(talk: Talk) -> None:
    with pytest.raises(MayBeARealPerson, match="made-up data only"):
        talk.wb.conversing.say(talk.id, "Write to me at anna.smith@example.com")
    assert talk.requests == []


def test_two_messages_at_once_are_not_mixed(make_workbench: Make) -> None:
    talk = Talk(make_workbench(lambda _: [0.5, *words("slow")]), arms=1)
    talk.wb.conversing.say(talk.id, "first")
    with pytest.raises(InvalidMessage, match="Answers are still coming"):
        talk.wb.conversing.say(talk.id, "second")
    assert len(talk.wait().turns) == 1


def test_the_first_message_that_leaves_this_computer_asks_once(make_workbench: Make) -> None:
    wb = make_workbench(lambda _: words("hi"), models='[[models]]\nname = "far"\nlitellm_id = "openai/far"\n')
    comparison = wb.conversing.start([ArmSpec(instructions="", model="far")])
    with pytest.raises(ConsentNeeded):
        wb.conversing.say(comparison, "made up")
    assert wb.conversing.transcript(comparison).turns == ()
    wb.conversing.consent()
    wb.conversing.say(comparison, "made up")
    assert len(results(wb.conversing.wait(comparison))) == 1
    assert wb.conversing.has_consented()


def test_what_is_not_there_is_told(talk: Talk) -> None:
    with pytest.raises(UnknownModel, match=r"not|no model 'nobody' in workbench.toml"):
        talk.wb.conversing.start([ArmSpec(instructions="therapy-mode", model="nobody")])
    with pytest.raises(NotFound):
        talk.wb.conversing.start([ArmSpec(instructions="nothing@1.0.0", model="embedded/smollm2")])
    with pytest.raises(InvalidMessage, match="between one and 6"):
        talk.wb.conversing.start([])
    with pytest.raises(NotFound):
        talk.wb.conversing.transcript("nowhere")


def test_removed_words_are_gone_everywhere_and_leave_a_tombstone(talk: Talk) -> None:
    turn = talk.say("the secret harbor")
    answer = results(talk.transcript())[0]
    mark = talk.wb.annotating.mark(answer.answer, 0, 6, "answer", label="Q1", note="the secret harbor too")
    talk.wb.conversing.remove_message(turn)
    talk.wb.annotating.remove_words(mark)
    words_ = talk.transcript().turns[0].words
    assert words_.body is None
    assert words_.removed_at == talk.clock()
    private = talk.wb.settings.private
    assert not [p.name for p in private.rglob("*") if p.is_file() and b"secret harbor" in p.read_bytes()]
    talk.say("next")
    assert "secret harbor" not in str(talk.requests[-1])
    assert talk.wb.broken_audit() == []


def test_the_reason_of_an_impression_can_be_removed(talk: Talk) -> None:
    talk.say("hello")
    answer = results(talk.transcript())[0].answer
    talk.wb.annotating.impression(answer, "worries_me", "the secret harbor")
    kept = talk.transcript().turns[0].answers[talk.columns[0].id][0].impressions[0]
    talk.wb.annotating.remove_words(kept.id)
    again = talk.transcript().turns[0].answers[talk.columns[0].id][0].impressions[0]
    assert (again.feeling.value, again.reason and again.reason.body) == ("worries_me", None)


def test_a_removed_answer_takes_its_quotes_with_it(talk: Talk) -> None:
    talk.say("hello")
    answer = results(talk.transcript())[0]
    talk.wb.annotating.mark(answer.answer, 0, 8, "answer 1", label="Q1")
    talk.wb.conversing.remove_answer(answer.answer)
    kept = talk.transcript().turns[0].answers[talk.columns[0].id][0]
    assert kept.text is None
    assert [mark.span for mark in kept.marks] == [None]
    assert not [p for p in talk.wb.settings.private.rglob("*.db*") if b"answer 1" in p.read_bytes()]


def until(true: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_times_are_those_of_the_clock(talk: Talk) -> None:
    talk.say("hello")
    assert talk.transcript().turns[0].at == talk.clock()
    assert talk.clock().tzinfo is dt.UTC
