"""What is brought to a model and what comes back: arms, messages, requests, events, outcomes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from workbench.domain.values import Value

MAX_ARMS = 6
MAX_MESSAGE_CHARACTERS = 20_000


class Outcome(StrEnum):
    """How a call ended. Every call ends in exactly one."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    EMPTY = "empty"
    REFUSED = "refused"
    FILTERED = "filtered"
    TOO_LONG = "too_long"
    INVALID = "invalid"
    AUTH = "auth"
    QUOTA = "quota"
    RATE = "rate"
    SERVER = "server"
    NETWORK = "network"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"

    @property
    def reached_the_person(self) -> bool:
        """Whether the person would have seen it; if not, it is a failure and never a rating."""
        return self in _SEEN

    @property
    def may_be_retried(self) -> bool:
        """Whether the same call may be made again, as long as no text was shown."""
        return self in {Outcome.RATE, Outcome.SERVER, Outcome.NETWORK}

    @property
    def sentence(self) -> str:
        """What happened, in plain words."""
        return _SENTENCES[self]


_SEEN = frozenset(
    {
        Outcome.COMPLETE,
        Outcome.TRUNCATED,
        Outcome.STOPPED,
        Outcome.INTERRUPTED,
        Outcome.EMPTY,
        Outcome.REFUSED,
        Outcome.FILTERED,
        Outcome.TOO_LONG,
    }
)

_SENTENCES = {
    Outcome.COMPLETE: "The answer is complete.",
    Outcome.TRUNCATED: "The answer breaks off: it was cut by its length limit or by the provider.",
    Outcome.STOPPED: "The answer was stopped before its end.",
    Outcome.INTERRUPTED: "The workbench ended while the answer ran.",
    Outcome.EMPTY: "The model answered with nothing.",
    Outcome.REFUSED: "The model declined to answer.",
    Outcome.FILTERED: "The provider's content filter held the answer back.",
    Outcome.TOO_LONG: "The conversation is longer than this model can read.",
    Outcome.INVALID: "The provider does not accept this model name or one of its settings.",
    Outcome.AUTH: "The provider refused the key, or there is no key.",
    Outcome.QUOTA: "The account with the provider has no credit left.",
    Outcome.RATE: "The provider is limiting how many messages it takes.",
    Outcome.SERVER: "The provider has trouble on its side.",
    Outcome.NETWORK: "The provider could not be reached.",
    Outcome.TIMEOUT: "The provider took too long to answer.",
    Outcome.MALFORMED: "The provider sent something that is not an answer.",
}

Setting = str | int | float | bool


def runs_here(litellm_id: str) -> bool:
    """Whether a model of that id runs inside the workbench, so that no word leaves this computer."""
    return litellm_id.startswith(("embedded/", "scripted/"))


class ModelSpec(Value):
    """A model of workbench.toml: what litellm calls it and how it is asked."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}$")]
    litellm_id: str
    settings: Mapping[str, Setting] = Field(default_factory=dict)
    """Passed on as they are: temperature, top_p, max_tokens, repeat_penalty …"""
    note: str = ""
    api_base: str = ""
    """From the administrator's file only: whoever chooses it receives the key."""
    key_env: str = ""
    """The environment variable or secret that holds the key; its value is known to model processes alone."""

    @property
    def is_embedded(self) -> bool:
        """Whether it runs on this computer, inside the workbench, so that no word leaves it."""
        return runs_here(self.litellm_id)


class Message(Value):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Request(Value):
    """One call: a model with its settings, and all the messages it reads."""

    id: str
    model: ModelSpec
    messages: tuple[Message, ...]


class Usage(Value):
    """What a call took. Unknown figures are None, never 0."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    seconds_to_first_token: float | None = None
    seconds: float | None = None
    attempts: int = 1
    model_returned: str = ""
    fingerprint: str = ""


class Delta(Value):
    """More text of an answer."""

    text: str


class Retrying(Value):
    """The call failed before any text and is made again after a wait."""

    outcome: Outcome
    attempt: int
    wait_seconds: float


class End(Value):
    """The end of a call; always the last event, and exactly one."""

    outcome: Outcome
    detail: str = ""
    """What the provider said, redacted; for people who want to know."""
    usage: Usage = Usage()


Event = Delta | Retrying | End


class Completion(Value):
    """A whole answer, for callers that do not follow the stream."""

    text: str
    end: End


class ArmSpec(Value):
    """What one column compares: instructions (by reference) on a model."""

    instructions: str
    """`slug@1.0.0`, `draft:<id>`, or empty for no instructions."""
    model: str
