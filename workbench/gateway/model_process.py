"""The model process: the only place that knows litellm. It holds the keys and the embedded model.

Run as `python -m workbench.gateway.model_process --root FOLDER`: one JSON object a line in both directions (see wire),
until the input closes. What libraries print goes to standard error.
"""

import argparse
import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from workbench.domain.conversations import ModelSpec, Outcome, Request, Usage
from workbench.gateway import corrections
from workbench.gateway.calls import Answer, Piece, follow
from workbench.gateway.embedded import MODEL, EmbeddedModel, fingerprint
from workbench.gateway.failures import judge_with
from workbench.gateway.keys import Keys
from workbench.gateway.outcomes import CallError, Stream
from workbench.gateway.serving import Outbox, Serving
from workbench.gateway.wire import Limits

EMBEDDED = "embedded"
PR_SET_PDEATHSIG = 1
CLOSED_PORT = "http://127.0.0.1:9/v1"
NO_KEY = "none"
NEVER = str(10**9)

ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",  # no .env file is read
    "LITELLM_LOG": "ERROR",
    "HF_HUB_OFFLINE": "1",
    # How long llama.cpp's threads wait awake for each other: by default so long that on a busy computer they starve
    # themselves (below 1 token a second); at once asleep costs half the speed of an idle one.
    "GOMP_SPINCOUNT": "2000",
    "REPEATED_STREAMING_CHUNK_LIMIT": NEVER,  # a model that repeats itself is shown, not called an error
}
RESERVED = frozenset(
    {
        "api_base",
        "api_key",
        "base_url",
        "custom_llm_provider",
        "fallbacks",
        "max_retries",
        "messages",
        "mock_response",
        "model",
        "num_retries",
        "stream",
        "stream_options",
        "timeout",
    }
)


class Models:
    """Every model litellm knows, and the embedded one through litellm as well."""

    def __init__(self, root: Path, *, embedded: bool) -> None:
        self._keys = Keys(root / ".workbench")
        self._with_embedded = embedded
        self._embedded = EmbeddedModel()
        self._litellm: Any = None
        self.judge = judge_with(self._keys.secrets)

    async def wake(self) -> None:
        """Import litellm, load the embedded model if it is wanted now, and pay for the first call in advance."""
        self._litellm, _ = await asyncio.gather(asyncio.to_thread(_import_litellm), self._load_embedded())
        self._litellm.custom_provider_map = [
            {"provider": EMBEDDED, "custom_handler": _embedded_provider(self._litellm, self._embedded)}
        ]
        await self._warm_up()

    async def open(self, request: Request, limits: Limits) -> Answer:
        """Begin a streamed call. Raises CallError, and whatever litellm raises."""
        spec = request.model
        stream = await self._litellm.acompletion(
            messages=[message.model_dump() for message in request.messages],
            timeout=limits.total_seconds,  # the real limits are kept by `follow`
            **self._arguments(spec),
        )
        return _LitellmAnswer(self._litellm, stream, spec)

    async def prepare(self, model: ModelSpec, system: str) -> None:
        """Let the embedded model read instructions early."""
        if model.litellm_id == f"{EMBEDDED}/{MODEL}":
            await self._embedded.prepare(model.name, system)

    def keys_present(self, names: Iterable[str]) -> dict[str, bool]:
        """Which names have a key."""
        return self._keys.present(names)

    async def _load_embedded(self) -> None:
        if self._with_embedded:
            with contextlib.suppress(CallError):  # other models work without it, and its first call says why
                await self._embedded.load()

    def _arguments(self, spec: ModelSpec) -> dict[str, Any]:
        if reserved := sorted(RESERVED & spec.settings.keys()):
            raise CallError(
                Outcome.INVALID, f"{reserved[0]} cannot be a setting of a model. Remove it in workbench.toml."
            )
        arguments: dict[str, Any] = {**spec.settings, "model": spec.litellm_id, "stream": True}
        arguments |= {"num_retries": 0, "max_retries": 0}
        if spec.litellm_id.startswith(f"{EMBEDDED}/"):
            return arguments | {"label": spec.name}
        if spec.api_base:
            arguments["api_base"] = spec.api_base
        if key := self._key(spec):
            arguments["api_key"] = key
        if self._tells_usage(spec):
            arguments["stream_options"] = {"include_usage": True}
        return arguments

    def _key(self, spec: ModelSpec) -> str | None:
        """The key of this model alone: a server of somebody's own is never sent a key that is not meant for it."""
        if not spec.key_env:
            return NO_KEY if spec.api_base else None
        if key := self._keys.find(spec.key_env):
            return key
        raise CallError(
            Outcome.AUTH,
            f"There is no key named {spec.key_env}: set it in the environment or in .workbench/secrets.toml.",
        )

    def _tells_usage(self, spec: ModelSpec) -> bool:
        provider, _, model = spec.litellm_id.partition("/")
        return "stream_options" in (self._litellm.get_supported_openai_params(model, provider) or [])

    async def _warm_up(self) -> None:
        """One call that costs nothing: the first loads another second of modules, and a tokenizer for its guesses."""
        await asyncio.to_thread(self._litellm.token_counter, text="Hi")
        if self._with_embedded:
            spec = ModelSpec(name="warm-up", litellm_id=f"{EMBEDDED}/{MODEL}", settings={"max_tokens": 1})
        else:
            spec = ModelSpec(name="warm-up", litellm_id="openai/warm-up", api_base=CLOSED_PORT)
        request = Request.model_validate({"id": "", "model": spec, "messages": [{"role": "user", "content": "Hi"}]})
        await follow(lambda: self.open(request, Limits()), Limits(), self.judge, lambda _: None)


class _LitellmAnswer:
    """A stream of litellm, with what it hides."""

    def __init__(self, litellm: Any, stream: Any, spec: ModelSpec) -> None:
        self._litellm = litellm
        self._stream = stream
        self._spec = spec
        self._refusals: _RefusalsAsText | None = None
        if hasattr(stream.completion_stream, "__aiter__"):
            self._refusals = stream.completion_stream = _RefusalsAsText(stream.completion_stream)

    async def pieces(self) -> AsyncIterator[Piece]:
        async for chunk in self._stream:
            text = (chunk.choices[0].delta.content or "") if chunk.choices else ""
            yield Piece(text, refusal=self._refusals is not None and self._refusals.seen)

    def stream(self) -> Stream:
        # litellm invents finish_reason="stop" in its chunks; only this attribute says what the provider sent.
        chunks = self._stream.chunks
        headers = self._stream.hidden_params.get("additional_headers") or {}
        return Stream(
            finish_reason=self._stream.received_finish_reason,
            pieces=len(chunks),
            choices=sum(bool(chunk.choices) for chunk in chunks),
            content_type=str(headers.get("llm_provider-content-type", "")),
        )

    def usage(self) -> Usage:
        told = [usage for chunk in self._stream.chunks if (usage := getattr(chunk, "usage", None)) is not None]
        embedded = self._spec.litellm_id.startswith(f"{EMBEDDED}/")
        return Usage(
            prompt_tokens=max((usage.prompt_tokens or 0 for usage in told), default=0) or None,
            completion_tokens=told[-1].completion_tokens if told else None,
            cost_usd=_cost(self._litellm, self._spec, told[-1]) if told else None,
            model_returned=MODEL if embedded else getattr(self._stream, "_provider_response_model", None) or "",
            fingerprint=fingerprint() if embedded else self._stream.system_fingerprint or "",
        )

    async def close(self) -> None:
        await self._stream.aclose()


class _RefusalsAsText:
    """The provider's own chunks on their way into litellm, which drops the words of a refusal after the first."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks
        self._iterator = aiter(chunks)
        self.seen = False

    def __aiter__(self) -> "_RefusalsAsText":
        return self

    async def __anext__(self) -> Any:
        chunk = await anext(self._iterator)
        choices = getattr(chunk, "choices", None)
        if choices and (refusal := getattr(choices[0].delta, "refusal", None)):
            self.seen = True
            choices[0].delta.content = refusal
        return chunk

    async def aclose(self) -> None:
        close = getattr(self._chunks, "aclose", None) or self._chunks.close
        await close()


def _cost(litellm: Any, spec: ModelSpec, usage: Any) -> float | None:
    """US dollars by litellm's own price list; None when it has no price, which it may also write as 0."""
    provider, _, model = spec.litellm_id.partition("/")
    if provider == EMBEDDED or (provider == "openai" and spec.api_base):
        return None  # a server that speaks like OpenAI does not have OpenAI's prices
    try:
        prices = litellm.cost_per_token(model=model, custom_llm_provider=provider, usage_object=usage)
    except Exception:  # litellm raises errors of many classes for a model without a price
        return None
    return sum(prices) or None


def _import_litellm() -> Any:
    import litellm
    from litellm.litellm_core_utils import core_helpers
    from litellm.llms.base_llm.base_model_iterator import BaseModelResponseIterator
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.disable_streaming_logging = True
    litellm.drop_params = False
    corrections.read_strictly(BaseModelResponseIterator)
    corrections.keep_finish_reasons(core_helpers)
    corrections.ask_once(AsyncHTTPHandler)
    corrections.count_nothing(litellm)
    return litellm


def _embedded_provider(litellm: Any, model: EmbeddedModel) -> Any:
    class Embedded(litellm.CustomLLM):  # type: ignore[misc]  # the base class is only known once litellm is imported
        async def astreaming(self, model: str, messages: Any, optional_params: Any, **_: Any) -> AsyncIterator[Any]:
            async with contextlib.aclosing(embedded.stream(model, messages, optional_params)) as pieces:
                async for piece in pieces:
                    yield _chunk(piece)

    embedded = model
    return Embedded()


def _chunk(piece: Any) -> Mapping[str, Any]:
    usage = None
    if piece.prompt_tokens is not None:
        total = piece.prompt_tokens + (piece.completion_tokens or 0)
        usage = {
            "prompt_tokens": piece.prompt_tokens,
            "completion_tokens": piece.completion_tokens,
            "total_tokens": total,
        }
    finish = {"is_finished": bool(piece.finish_reason), "finish_reason": piece.finish_reason}
    return {**corrections.EMPTY_CHUNK, **finish, "text": piece.text, "usage": usage}


def prepare_environment() -> None:
    """Set litellm's switches, and take away addresses: they come from workbench.toml alone."""
    for name in [name for name in os.environ if name.endswith(("_API_BASE", "_BASE_URL"))]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)
    os.environ.pop("CUSTOM_TIKTOKEN_CACHE_DIR", None)
    if (spec := find_spec("litellm")) and spec.submodule_search_locations:
        tokenizers = Path(spec.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"
        os.environ["TIKTOKEN_CACHE_DIR"] = str(tokenizers)


def _take_stdout() -> IO[bytes]:
    """The real standard output, for lines alone; what anybody prints goes to standard error from here on."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _die_with_parent() -> None:
    """Ask Linux to end this process with the workbench, even if that is killed; elsewhere the closed input does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve models until standard input closes."""
    parser = argparse.ArgumentParser(prog="workbench.gateway.model_process")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--embedded", action="store_true", help="load the embedded model at once")
    parser.add_argument("--nice", type=int, default=0)
    options = parser.parse_args()
    _die_with_parent()
    pipe = _take_stdout()
    if options.nice:
        os.nice(options.nice)
    prepare_environment()
    asyncio.run(_serve(options.root, embedded=options.embedded, pipe=pipe))


async def _serve(root: Path, *, embedded: bool, pipe: IO[bytes]) -> None:
    await Serving(Models(root, embedded=embedded), Outbox(pipe)).run()


if __name__ == "__main__":
    main()
