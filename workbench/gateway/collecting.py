"""From a stream of events to a whole answer."""

from collections.abc import AsyncIterator

from workbench.domain.conversations import Completion, Delta, End, Event, Outcome


async def collect(events: AsyncIterator[Event]) -> Completion:
    """The text and the end of one call."""
    parts: list[str] = []
    end = End(outcome=Outcome.INTERRUPTED)
    async for event in events:
        if isinstance(event, Delta):
            parts.append(event.text)
        elif isinstance(event, End):
            end = event
    return Completion(text="".join(parts), end=end)
