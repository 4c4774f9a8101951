"""How hard a text is to read: the Flesch-Kincaid grade of English text."""

import re
from functools import cache

_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_SENTENCE_END = re.compile(r"[.!?:]+(?:\s|$)|\n\s*\n|\n\s*[-*#]")


@cache
def _hyphenator() -> "object":
    import pyphen  # imported late: its dictionary takes 60 ms to read, and few calls need it

    return pyphen.Pyphen(lang="en_US")


def syllables(word: str) -> int:
    """The number of syllables of an English word, by its hyphenation points; at least 1."""
    return len(_hyphenator().positions(word.lower())) + 1  # type: ignore[attr-defined] # pyphen has no types


def grade(text: str) -> float | None:
    """The Flesch-Kincaid grade: 0.39 words per sentence + 11.8 syllables per word - 15.59; None without words.

    Source: Kincaid et al. 1975. "The cat sat on the mat." gives -1.4.
    """
    words = _WORD.findall(text)
    if not words:
        return None
    sentences = max(1, len([part for part in _SENTENCE_END.split(text) if _WORD.search(part)]))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
