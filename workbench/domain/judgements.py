"""What people say about answers: marked spans, impressions, preferences."""

from enum import StrEnum
from typing import Self

from pydantic import field_validator

from workbench.domain.hazards import LABELS
from workbench.domain.values import Value
from workbench.errors import InvalidAnnotation

CONTEXT_CHARACTERS = 32


class Span(Value):
    """A stretch of an answer: W3C text-position and text-quote selectors together.

    `start` and `end` count code points; `prefix` and `suffix` are up to 32 characters of context.
    """

    start: int
    end: int
    quote: str
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Self:
        """The span of `text[start:end]`, with its context. Raises InvalidAnnotation."""
        if not 0 <= start < end <= len(text):
            raise InvalidAnnotation
        return cls(
            start=start,
            end=end,
            quote=text[start:end],
            prefix=text[max(0, start - CONTEXT_CHARACTERS) : start],
            suffix=text[end : end + CONTEXT_CHARACTERS],
        )


def checked_span(text: str, start: int, end: int, quote: str) -> Span:
    """The span, if the quote really stands there: what a browser says is not taken on trust.

    Raises:
        InvalidAnnotation: the quote is not `text[start:end]`.
    """
    span = Span.of(text, start, end)
    if span.quote != quote:
        raise InvalidAnnotation
    return span


class Remark(Value):
    """A mark on an answer: what it shows, a note, and what the answer should have said."""

    span: Span
    label: str
    note: str = ""
    instead: str = ""

    @field_validator("label")
    @classmethod
    def _known(cls, label: str) -> str:
        if label not in LABELS:
            raise ValueError(f"{label!r} is not a label")
        return label


class Feeling(StrEnum):
    """An impression: a note that never counts as evidence."""

    FINE = "fine"
    NOT_SURE = "not_sure"
    WORRIES_ME = "worries_me"

    @property
    def label(self) -> str:
        """In the words of the page."""
        return {"fine": "Fine", "not_sure": "Not sure", "worries_me": "Worries me"}[self.value]


class Choice(StrEnum):
    """Which of two answers was better."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_UNSAFE = "both_unsafe"
