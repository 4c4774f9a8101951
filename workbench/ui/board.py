"""From a stored conversation to what the transcript part draws."""

import datetime as dt
from collections.abc import Iterable, Mapping

from workbench.domain.conversations import Outcome, Usage
from workbench.domain.hazards import HAZARDS, LABELS, QUALITIES, Tier
from workbench.services.results import LETTERS
from workbench.services.workbench import Workbench
from workbench.store.comparisons import Column
from workbench.store.transcripts import Answer, Impression, Mark, Transcript, Turn, Words
from workbench.ui.session import palette

PRACTICE = "practice model: very small, often wrong or harmful; for learning the buttons, never evidence"
TONES = {Tier.CRITICAL: "critical", Tier.MAJOR: "major", Tier.MINOR: "minor"}
TONE_OF = {**{h.id: TONES[h.tier] for h in HAZARDS}, **dict.fromkeys(QUALITIES, "quality")}
LABEL_LIST = [{"code": c, "name": LABELS[c], "tone": TONE_OF[c]} for c in (*QUALITIES, *(h.id for h in HAZARDS))]


def board(wb: Workbench, transcript: Transcript, stream_url: str, seen: list[str]) -> dict[str, object]:
    """Everything that the transcript part draws for this person."""
    columns = transcript.columns
    return {
        "columns": [_column(wb, column) for column in columns],
        "turns": [_turn(wb, turn, columns) for turn in transcript.turns],
        "stream": {"url": stream_url} if transcript.running else None,
        "labels": LABEL_LIST,
        "readonly": False,
        "seen": seen,
    }


def settings_line(settings: Mapping[str, object]) -> str:
    """A model's settings in one line, in words."""
    named = {name: value for name, value in settings.items() if name != "max_tokens"}
    parts = [f"{name.replace('_', ' ')} {value}" for name, value in sorted(named.items(), reverse=True)]
    return " · ".join([*parts, *([f"up to {settings['max_tokens']} tokens"] if "max_tokens" in settings else [])])


def usage_line(outcome: Outcome, usage: Usage) -> str:
    """How an answer ended and what it took; what is not known is left out."""
    seconds, first, tokens, cost = usage.seconds, usage.seconds_to_first_token, usage.completion_tokens, usage.cost_usd
    parts = [
        outcome.value.replace("_", " "),
        f"{seconds:.1f} s" if seconds is not None else "",
        f"first word {first:.1f} s" if first is not None else "",
        f"{tokens} tokens" if tokens is not None else "",
        f"${cost:.4f}" if cost else "",
        f"asked {usage.attempts} times" if usage.attempts > 1 else "",
    ]
    return " · ".join(part for part in parts if part)


def _column(wb: Workbench, column: Column) -> dict[str, object]:
    practice = column.litellm_id.startswith("embedded/")
    return {
        "id": column.id,
        "letter": LETTERS[column.position],
        "title": wb.conversing.title(column) + (" (left out)" if column.left_out else ""),
        "model": column.model,
        "settings": settings_line(column.settings),
        "practice": practice,
        "note": PRACTICE if practice else "",
        "color": palette().columns[column.position],
        "waking": "",
    }


def _turn(wb: Workbench, turn: Turn, columns: Iterable[Column]) -> dict[str, object]:
    return {
        "id": turn.id,
        "text": turn.words.body,
        "removed_note": _removed(turn.words),
        "answers": [[_answer(wb, a, turn.answers[c.id]) for a in turn.answers.get(c.id, ())] for c in columns],
    }


def _answer(wb: Workbench, answer: Answer, siblings: tuple[Answer, ...]) -> dict[str, object]:
    outcome = answer.outcome
    mine = [i for i in answer.impressions if i.by == wb.person.id]
    return {
        "id": answer.id,
        "generation": answer.generation_id,
        "n": answer.number,
        "of": len(siblings),
        "state": "running" if outcome is None else "ended",
        "outcome": outcome.value if outcome else "",
        "sentence": outcome.sentence if outcome else "",
        "line": usage_line(outcome, answer.usage or Usage()) if outcome else "",
        "detail": answer.detail,
        "text": answer.text,
        "removed_note": _removed(answer.words),
        "failed": outcome is not None and not outcome.reached_the_person,
        "marks": [_mark(wb, mark) for mark in answer.marks],
        "impression": _impression(mine[-1]) if mine else None,
    }


def _mark(wb: Workbench, mark: Mark) -> dict[str, object]:
    return {
        "id": mark.id,
        "start": mark.start,
        "end": mark.end,
        "label": mark.label,
        "name": LABELS.get(mark.label, mark.label),
        "tone": TONE_OF.get(mark.label, "minor"),
        "note": _body(mark.note),
        "instead": _body(mark.instead),
        "by": wb.person.name if mark.by == wb.person.id else mark.by,
        "mine": mark.by == wb.person.id,
    }


def _impression(impression: Impression) -> dict[str, object]:
    return {"feeling": impression.feeling.value, "reason": _body(impression.reason), "id": impression.id}


def _body(words: Words | None) -> str:
    if words is None:
        return ""
    return words.body if words.body is not None else _removed(words)


def _removed(words: Words | None) -> str:
    if words is None or words.removed_at is None:
        return ""
    return f"These words were removed on {_day(words.removed_at)}."


def _day(when: dt.datetime) -> str:
    return f"{when:%B} {when.day}, {when.year}"
