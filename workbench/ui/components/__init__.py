"""Parts of a page that Streamlit does not have, written as components v2: plain modules, no build step, no network.

The scripts and styles lie beside the Python files as text and are read once. A part sends *events*: mappings with a
`kind` and a `nonce`. Read them in the `on_event` callback (from `<key>.event`, by `ui/state.py`): a callback always
runs, while a script run may be cut short before it reaches the part. The browser sends an event again until its nonce
comes back in `data["seen"]`; `unseen` keeps that list and drops what was already handled, so nothing a person did is
lost or done twice.
"""

import json
from collections.abc import Callable, Mapping, MutableSequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

Event = Mapping[str, Any]
"""What a person did in a part: `kind`, `nonce`, and what its module lists for that kind."""

REMEMBERED_EVENTS = 50


@cache
def assets(*names: str) -> str:
    """The text of these files of the package, one after the other: several short scripts make one module."""
    folder = resources.files(__name__)
    return "\n".join(folder.joinpath(name).read_text("utf-8") for name in names)


def mounted(
    part: "ComponentRenderer", data: Mapping[str, object], key: str, on_event: Callable[[], None]
) -> Event | None:
    """Draw a part and give the event of this rerun, if any.

    The data travel as one string: handed a list or a mapping, Streamlit imports pandas to see whether it is a table
    (1.2 s and 80 MB, at the first message of the first person).
    """
    result = part(key=key, data={"json": json.dumps(data)}, on_event_change=on_event)
    return well_formed(result.get("event"))


def well_formed(event: object) -> Event | None:
    """The event, or None for anything that is not a mapping with a kind and a nonce."""
    if isinstance(event, Mapping) and isinstance(event.get("kind"), str) and isinstance(event.get("nonce"), str):
        return event
    return None


def unseen(event: object, seen: MutableSequence[str]) -> Event | None:
    """The event, unless it is in `seen` already; notes its nonce there. Hand `seen` back as `data["seen"]`."""
    known = well_formed(event)
    if known is None or known["nonce"] in seen:
        return None
    seen.append(known["nonce"])
    del seen[:-REMEMBERED_EVENTS]
    return known
