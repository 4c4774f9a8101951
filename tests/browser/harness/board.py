"""What the little app and the tests share: per case the data to draw, the events heard, and a fake stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from workbench.ui.components import Event

Json = dict[str, Any]


@dataclass
class Case:
    """One test's own conversation or clause."""

    data: Json = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    runs: int = 0
    messages: list[str] = field(default_factory=list)
    """The stream so far, as server-sent events; the id of each is its number."""
    connections: list[Json] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    drops: int = 0
    open: int = 0
    """How many browsers follow the stream now."""
    saves: bool = True
    """Whether what is typed into a clause is stored."""
    deaf: bool = False
    """Whether events are lost on their way."""

    def push(self, message: Json) -> None:
        """Add a message; `{"end": true}` is the end of the stream."""
        end = message.pop("end", False)
        name = "event: end\n" if end else ""
        self.messages.append(f"id: {len(self.messages) + 1}\n{name}data: {json.dumps(message)}\n\n")

    async def follow(self, after: int) -> AsyncIterator[str]:
        """The stream behind message number `after`, until its end or until somebody drops the connection."""
        drops = self.drops
        self.open += 1
        try:
            yield "retry: 100\n\n"
            while self.drops == drops:
                while after < len(self.messages):
                    yield self.messages[after]
                    after += 1
                await asyncio.sleep(0.02)
        finally:
            self.open -= 1


cases: dict[str, Case] = {}


def case(name: str) -> Case:
    """The case of that name."""
    return cases.setdefault(name, Case())
