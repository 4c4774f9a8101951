"""A small guard that notices when a message may hold a real person's data.

It is a guard, not de-identification: few rules, each for a form that real data takes and made-up distress does not.
Scores, doses, times, years and the numbers of helplines are no reason to stop anybody from writing.
"""

import unicodedata
from dataclasses import dataclass

from workbench.security.privacy import names, numbers, places

_RULES = (*numbers.RULES, *places.RULES, *names.RULES)

# Typographic characters as a keyboard has them, so that no rule need know them.
_PLAIN = {ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2212"} | {0x2019: "'", 0x00A0: " ", 0x202F: " "}


@dataclass(frozen=True)
class Finding:
    """Words that may be a real person's data."""

    kind: str
    """`e-mail`, `birth date`, `id`, `card`, `phone`, `number`, `address` or `name`."""
    quote: str
    reason: str
    """A sentence for the person who wrote them."""


def find_personal(text: str) -> tuple[Finding, ...]:
    """Everything in the text that looks like a real person's data, in the order it stands there."""
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    found: dict[tuple[int, int], Finding] = {}
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, end = match.span("data")
            taken = any(start < e and s < end for s, e in found)
            if not taken and rule.really(match):
                quote = match["data"].strip()
                found[start, end] = Finding(rule.kind, quote, f"\u201c{quote}\u201d looks like {rule.what}.")
    return tuple(finding for _, finding in sorted(found.items(), key=lambda item: item[0]))
