"""What a conversation came to, as plain results for commands and notebooks."""

from workbench.domain.conversations import Usage
from workbench.domain.values import Value
from workbench.store.comparisons import Column
from workbench.store.transcripts import Answer, Transcript, Turn

LETTERS = "ABCDEFGH"
"""What columns are called; color is never the only sign."""


class Result(Value):
    """One column's answer to one message. `answer` is the id that annotations name."""

    arm: str
    instructions: str
    model: str
    said: str | None
    text: str | None
    outcome: str
    usage: Usage
    detail: str = ""
    answer: str = ""
    n: int = 1

    def lines(self) -> list[str]:
        """For a terminal."""
        return [f"== {self.arm} · {self.outcome}", self.text or self.detail or "(no words)", ""]


def results(transcript: Transcript) -> tuple[Result, ...]:
    """Every ended answer and failure, by message, then column, then answer."""
    return tuple(
        _result(turn, column, answer)
        for turn in transcript.turns
        for column in transcript.columns
        for answer in turn.answers.get(column.id, ())
        if not answer.running
    )


def _result(turn: Turn, column: Column, answer: Answer) -> Result:
    return Result(
        arm=f"{LETTERS[column.position]}: {column.instructions or 'no instructions'} on {column.model}",
        instructions=column.instructions,
        model=column.model,
        said=turn.words.body,
        text=answer.text,
        outcome=answer.outcome.value if answer.outcome else "",
        usage=answer.usage or Usage(),
        detail=answer.detail,
        answer=answer.id,
        n=answer.number,
    )
