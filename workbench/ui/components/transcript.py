"""The transcript: one part that draws a whole side-by-side conversation, follows running answers and takes marks.

Hand it a `Transcript` mapping (below) on every run, always with the same key. It sends events (`Event`), each with
`kind`, `nonce` and:

| kind | further fields |
|---|---|
| `mark` | `answer, start, end, quote, label, note, instead`; offsets in code points, `text[start:end] == quote` |
| `unmark` | `mark` |
| `impression` | `answer, feeling` (`fine`, `not_sure`, `worries_me`), `reason` |
| `regenerate` | `turn, column` |
| `try_again` | `turn, column` |
| `leave_out` | `column` |
| `remove` | `what` (`turn`, `answer`, `note`), `id`; the person was asked and said yes |
| `stop` | none |
| `finished` | none; the stream ended, draw from the database |
| `renew` | none; the stream refused its token or shows an answer the page does not know: run again, give a new url |

While something runs the part keeps one EventSource on `stream["url"]`, adding `&from=<generation>:<characters>,…` for
what it shows already (a hint; pieces it knows are ignored by their offset). Messages of the route:

- `data: {"g": {"<generation>": {"at": 120, "text": "…"}}, "s": {"<generation>": "waiting"}, "e": ["<generation>"]}`:
  pieces with their offset in code points, states in words, generations whose text is whole. All three are optional.
- `event: end`: nothing runs any more.

A url that differs only in its query is the same stream: a renewed token never reopens it.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NotRequired, TypedDict

import streamlit as st

from workbench.ui.components import Event, assets, mounted

Tone = Literal["critical", "major", "minor", "quality"]


class Column(TypedDict):
    """One version on one model; `answers` of every turn follow the order of the columns."""

    id: str
    letter: str
    title: str
    model: str
    settings: str
    practice: bool
    """Whether `note` is the label of a practice model, which is always shown."""
    note: str
    color: str
    """`#rrggbb`; anything else is ignored."""
    waking: str
    """What a model that is not ready yet is doing, or empty."""


class Mark(TypedDict):
    """A marked stretch of an answer; `start` and `end` count code points."""

    id: str
    start: int
    end: int
    label: str
    name: str
    tone: Tone
    note: str
    instead: str
    by: str
    mine: bool


class Impression(TypedDict):
    """How an answer feels to the person looking at it. With an `id`, its reason can be removed as a note."""

    feeling: Literal["fine", "not_sure", "worries_me"]
    reason: str
    id: NotRequired[str]


class Answer(TypedDict):
    """One answer of a column; a column may have several to one message, the first first."""

    id: str
    generation: str
    n: int
    of: int
    state: Literal["running", "ended"]
    outcome: str
    sentence: str
    """Shown when the outcome is neither empty nor `complete`."""
    line: str
    """The quiet line of figures."""
    detail: str
    """The provider's own words, shown on demand."""
    text: str | None
    """None: the words were removed; `removed_note` says so."""
    removed_note: str
    failed: bool
    """It never reached the person: offer to try again or to leave the column out."""
    marks: list[Mark]
    impression: Impression | None


class Turn(TypedDict):
    """One message of the person and the answers of every column to it."""

    id: str
    text: str | None
    removed_note: str
    answers: list[list[Answer]]


class Label(TypedDict):
    """A label a mark may carry, in the order of the list."""

    code: str
    name: str
    tone: Tone


class Stream(TypedDict):
    """Where to follow the running answers: a path of this app with its token."""

    url: str


class Transcript(TypedDict):
    """All that the part draws."""

    columns: list[Column]
    turns: list[Turn]
    stream: Stream | None
    labels: list[Label]
    readonly: bool
    seen: NotRequired[list[str]]
    """Nonces of handled events, from `workbench.ui.components.unseen`; without it an event is sent once only."""


_part = st.components.v2.component(
    "workbench.transcript",
    css=assets("base.css", "transcript.css"),
    js=assets(
        "base.js",
        "transcript_text.js",
        "transcript_stream.js",
        "transcript_popover.js",
        "transcript_answer.js",
        "transcript_turn.js",
        "transcript.js",
    ),
)


def transcript(data: Mapping[str, object], *, key: str, on_event: Callable[[], None]) -> Event | None:
    """Draw the conversation (`data` is a `Transcript`) and give the event of this rerun, if any."""
    return mounted(_part, data, key, on_event)
