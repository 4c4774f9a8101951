"""What a reader of running answers gets, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """What is new in the answers of one comparison since the step before."""

    pieces: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Generation id to where its new text begins, in code points, and the new text."""
    states: Mapping[str, str] = field(default_factory=dict)
    """Generation id to what it is waiting for, in words; an answer that has begun is not named."""
    ended: bool = False
    """Whether every answer has ended; nothing follows."""
