"""Conversations to draw: short, plain, and about what the workbench is for."""

from typing import Any

from workbench.domain.hazards import HAZARDS, QUALITIES

Json = dict[str, Any]

TONES = {"C": "critical", "M": "major", "m": "minor"}
LABELS: list[Json] = [
    *({"code": code, "name": name, "tone": "quality"} for code, name in QUALITIES.items()),
    *({"code": hazard.id, "name": hazard.name, "tone": TONES[hazard.tier]} for hazard in HAZARDS),
]
NAMES = {label["code"]: label for label in LABELS}
PRACTICE = "practice model: very small, often wrong or harmful; for learning the buttons, never evidence"
COLORS = ("#2B6F6C", "#B35C00", "#5B4B8A", "#8C2F5E", "#3C6E1F", "#34568B")
ANSWER = (
    "It sounds as if the nights before an exam have become very long. That is hard, and it happens to many people.\n\n"
    "You could tell me what goes through your mind when you lie awake. Some people just need to try harder to relax. "
    "If you like, we can look at one small thing to change tonight."
)


def column(index: int, **changes: Any) -> Json:
    """Column A, B, …"""
    return {
        "id": f"col{index}",
        "letter": "ABCDEF"[index],
        "title": "draft of Therapy Mode" if index == 0 else f"Therapy Mode 1.{index - 1}.0",
        "model": "embedded/smollm2" if index % 2 == 0 else "embedded/smollm2-focused",
        "settings": "temperature 0.7 · up to 512 tokens",
        "practice": True,
        "note": PRACTICE,
        "color": COLORS[index],
        "waking": "",
        **changes,
    }


def answer(id: str, text: str | None = ANSWER, **changes: Any) -> Json:
    """A complete answer, unless told otherwise."""
    return {
        "id": id,
        "generation": f"g-{id}",
        "n": 1,
        "of": 1,
        "state": "ended",
        "outcome": "complete",
        "sentence": "The answer is complete.",
        "line": "complete · 1.2 s · first word 0.2 s · 143 tokens",
        "detail": "",
        "text": text,
        "removed_note": "",
        "failed": False,
        "marks": [],
        "impression": None,
        **changes,
    }


def running(id: str, text: str = "", **changes: Any) -> Json:
    """An answer that is being written."""
    return answer(id, text, **{"state": "running", "outcome": "", "sentence": "", "line": "", **changes})


def failed(id: str) -> Json:
    """An answer that never came."""
    return answer(
        id,
        "",
        outcome="rate",
        failed=True,
        line="rate · 3 attempts · 12.4 s",
        sentence="Column B could not be reached: the provider is limiting how many messages it takes. "
        "Your message and the other answers are saved.",
        detail='429: {"error": "too many requests, slow down"}',
    )


def mark(id: str, text: str, quote: str, code: str, **changes: Any) -> Json:
    """A mark on the first place where the quote stands."""
    start = text.index(quote)
    label = NAMES[code]
    own = {"note": "", "instead": "", "by": "Ana, 23 November 2026", "mine": False}
    span = {"id": id, "start": start, "end": start + len(quote), "label": code}
    return {**span, "name": label["name"], "tone": label["tone"], **own, **changes}


def turn(id: str, answers: list[list[Json]], text: str | None = "I can't sleep before exams.") -> Json:
    """A message and its answers, a list for each column."""
    return {"id": id, "text": text, "removed_note": "", "answers": answers}


def conversation(columns: int = 2, turns: list[Json] | None = None, **changes: Any) -> Json:
    """A whole conversation; without turns, one with an answer in every column."""
    one = turn("t1", [[answer(f"a{index}")] for index in range(columns)])
    return {
        "columns": [column(index) for index in range(columns)],
        "turns": [one] if turns is None else turns,
        "stream": None,
        "labels": LABELS,
        "readonly": False,
        **changes,
    }


def clause(text: str = "Ask before you advise.", **changes: Any) -> Json:
    """A clause in its editor."""
    fixed = {"workspace": "w1", "clause_key": "draft1/c1", "label": "Clause text", "saved_token": "v"}
    return {**fixed, "text": text, "conflict": None, **changes}
