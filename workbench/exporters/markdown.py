"""The card that people read. The instruction text stands unchanged in a fenced block."""

import re
from collections.abc import Iterable

from workbench.domain.releases import Card, file_stem, one_line
from workbench.exporters.carried import REQUEST_NOTE, provenance, require_unchanged

SUFFIX = ".md"
REMEDY = "Correct this line and save a new version, or export the JSON card, which carries it."

_BLOCK = re.compile(r"^(?P<fence>`{3,})text\n(?P<text>.*?)^ {0,3}(?P=fence)`*[ \t]*$", re.MULTILINE | re.DOTALL)
_SYNTAX = re.compile(r"([\\`*_\[\]<>&|~#$!{}])")


class Markdown:
    """`*.md`: what the version is, its text, and where each clause comes from."""

    name = "markdown"

    def files(self, card: Card) -> dict[str, bytes]:
        """One file."""
        data = _page(card).encode()
        require_unchanged(card, read(data), REMEDY)
        return {file_stem(card) + SUFFIX: data}


def read(data: bytes) -> str:
    """The instruction text as a CommonMark reader gets it: line breaks become U+000A, U+0000 becomes U+FFFD.

    Raises ValueError when there is no text block.
    """
    source = re.sub("\r\n?", "\n", data.decode()).replace("\0", "\ufffd")
    block = _BLOCK.search(source)
    if not block:
        raise ValueError("no text block")
    return block["text"]


def _page(card: Card) -> str:
    parts = [
        f"# {_plain(card.public_name)} {card.number}",
        f"**{card.status.value}** · {_plain(card.review)}",
        _table(("Fact", "Value"), ((key.replace("_", " "), fact) for key, fact in provenance(card).items())),
        *_notes(card),
        "## Text",
        f"What the model reads: {card.word_count} words.",
        _fenced(card.text),
        "## Clauses",
        "Line breaks are shown as ↵, and placeholders as they were written.",
        _table(_COLUMNS, _clause_rows(card)),
    ]
    return "\n\n".join(parts) + "\n"


_COLUMNS = ("Id", "Section", "Text", "Rationale", "Source", "Technique", "Check")


def _clause_rows(card: Card) -> Iterable[tuple[str, ...]]:
    for c in card.clauses:
        yield c.id, c.section.heading, c.text, *map(_unwrapped, (c.rationale, c.source, c.technique, c.check))


def _notes(card: Card) -> list[str]:
    duties = ((_unwrapped(duty),) for duty in card.host_obligations)
    filled = ((v.name, _unwrapped(v.description), v.value) for v in card.variables)
    return [
        f"**Purpose:** {_plain(_unwrapped(card.purpose)) or 'not written yet'}",
        f"**Reason for this version:** {_plain(_unwrapped(card.reason))}",
        f"**Follows:** {card.parent or 'no other version'}",
        f"**Models tried:** {_plain(', '.join(card.models)) or 'none'}",
        f"**Crisis resources:** {card.crisis_resources}",
        _table(("What the application around the model must do",), duties),
        _table(("Placeholder", "What it is", "Filled with"), filled),
        _plain(REQUEST_NOTE),
    ]


def _fenced(text: str) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}text\n{text}{end}{fence}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(tuple(map(_plain, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _plain(text: str) -> str:
    """Words as words: on one line, with every character of Markdown's and HTML's syntax escaped."""
    return _SYNTAX.sub(r"\\\1", one_line(text))


def _unwrapped(note: str) -> str:
    """A note without the line breaks that only kept its lines short in the file."""
    return " ".join(note.split())
