"""Where litellm makes a cut answer look complete or asks twice, it is corrected in place, in the model process alone.

Each function takes the part of litellm it changes, so nothing is imported here. The fault suite fails when a new
litellm no longer has that part.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

EMPTY_CHUNK: Final[Mapping[str, Any]] = {
    "text": "",
    "is_finished": False,
    "finish_reason": "",
    "usage": None,
    "index": 0,
    "tool_use": None,
}
"""A piece of litellm's generic kind that says nothing."""


class _KeptReasons(dict[str, str]):
    """litellm's table of finish reasons, without calling errors and whatever it has never heard of a "stop"."""

    def get(self, reason: str, default: Any = None) -> str:
        mapped = super().get(reason, reason)
        return reason if mapped == "stop" or reason == "refusal" else mapped


def keep_finish_reasons(helpers: Any) -> None:
    """Let an unknown or failing finish reason arrive as the provider sent it (`core_helpers`)."""
    helpers._FINISH_REASON_MAP = _KeptReasons(helpers._FINISH_REASON_MAP)


def read_strictly(iterator: Any) -> None:
    """Let the stream reader of most providers tell broken streams from whole ones (`BaseModelResponseIterator`).

    As shipped it takes `[DONE]` for a finish reason, ends an answer that only mentions `[DONE]`, and skips lines it
    cannot read.
    """
    as_shipped = iterator._handle_string_chunk

    def read(self: Any, str_line: str) -> Any:
        if not str_line.startswith("data:"):
            return as_shipped(self, str_line)
        data = str_line.removeprefix("data:").strip()
        if data in {"", "[DONE]"}:
            return dict(EMPTY_CHUNK)
        return self.chunk_parser(chunk=json.loads(data))

    iterator._handle_string_chunk = read


def ask_once(handler: Any) -> None:
    """Do not send a request again when the connection breaks: it may have been paid for (`AsyncHTTPHandler`)."""
    if not hasattr(handler, "single_connection_post_request"):
        raise RuntimeError("litellm's second request cannot be switched off in this version")

    async def give_up(self: Any, *_: Any, **__: Any) -> Any:
        error = sys.exc_info()[1]
        raise error if error is not None else ConnectionError("the connection broke")

    handler.single_connection_post_request = give_up


def count_nothing(litellm: Any) -> None:
    """Do not count tokens at the end of a stream (`litellm`): half a second of work for figures nobody told us."""
    litellm.stream_chunk_builder = lambda *_, **__: None
