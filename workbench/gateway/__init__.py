"""The one door to models."""

from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Protocol

from workbench.domain.conversations import Completion, Event, ModelSpec, Request


class Readiness(StrEnum):
    """Whether model processes can take calls."""

    WAKING = "waking"
    READY = "ready"
    FAILED = "failed"


class Gateway(Protocol):
    """Calls to models. Async; one instance belongs to one event loop."""

    def stream(self, request: Request) -> AsyncIterator[Event]:
        """The events of one call: any number of Delta and Retrying, then exactly one End. Never raises.

        Closing the iterator (`aclose`) or cancelling its task closes the call upstream.
        """
        ...

    async def complete(self, request: Request) -> Completion:
        """The whole answer of one call."""
        ...

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let the embedded model read instructions early; nothing happens for other models."""
        ...

    async def keys_present(self) -> Mapping[str, bool]:
        """Which of the configured `key_env` names have a value; never the values."""
        ...

    def readiness(self) -> Readiness:
        """Whether calls are answered at once; while waking they wait."""
        ...

    async def start(self) -> None:
        """Start what is needed, in the background; returns at once."""
        ...

    async def close(self) -> None:
        """End every call and every process."""
        ...
