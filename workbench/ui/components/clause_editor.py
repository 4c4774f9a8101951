"""The clause editor: a text box that grows, sends what is typed, and loses nothing.

It sends events (`Event`), each with `kind`, `nonce`, `clause` and:

| kind | further fields |
|---|---|
| `typed` | `text, base`: 300 ms after the last key, on leaving the box, and after a reload that found unsent text |
| `resolve` | `take` (`mine`, `theirs`), `text` (what the person has in the box), `base` |
| `done` | none; only after everything typed was confirmed |

`base` is the `saved_token` the text was typed on: save by compare-and-set against it. What was sent counts as saved
once `text` comes back equal to it (hand back exactly what came, untrimmed) and no `conflict` is there. A `typed` whose
text is already stored is no conflict, whatever its base: the browser repeats what was not confirmed.

Unsent text waits in the tab's sessionStorage under the workspace and the clause. Over `MAX_CHARACTERS` it is kept there
and not sent.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from workbench.ui.components import Event, assets, mounted

MAX_CHARACTERS = 20_000


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two texts of one clause: what somebody saved meanwhile, and what this person sent."""

    theirs: str
    yours: str


@dataclass(frozen=True, kw_only=True)
class ClauseText:
    """A clause in its editor."""

    workspace: str
    clause_key: str
    """Unique in the workspace: `<draft>/<clause>`. Give each clause a `key` of its own, too."""
    text: str
    """What is stored now."""
    saved_token: str
    """Digest or row version of what is stored now."""
    label: str
    conflict: Conflict | None = None
    seen: tuple[str, ...] | None = None
    """Nonces of handled events, from `workbench.ui.components.unseen`; None: events are sent once and forgotten."""


_part = st.components.v2.component(
    "workbench.clause_editor",
    css=assets("base.css", "clause_editor.css"),
    js=assets("base.js", "clause_editor.js"),
)


def clause_editor(clause: ClauseText, *, key: str, on_event: Callable[[], None]) -> Event | None:
    """Draw the editor of a clause and give the event of this rerun, if any."""
    return mounted(_part, {**asdict(clause), "limit": MAX_CHARACTERS}, key, on_event)
