"""The embedded model through the product, beside the bare runtime: `python -m tests.benchmarks.embedded`."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.running import Load, figure, main, spread, verdict
from workbench.domain.conversations import Completion, Message, ModelSpec, Request
from workbench.gateway.embedded import DEFAULTS, SLOT_TOKENS, SLOTS, model_file
from workbench.gateway.model_gateway import NICENESS, ModelGateway
from workbench.gateway.model_process import ENVIRONMENT
from workbench.settings import Settings

ROUNDS = 7
TOKENS = 150
ARMS = 6
INSTRUCTION_WORDS = 900
QUESTION = "I can't sleep before exams, what could I do tonight?"
RATIO = 0.9
FIRST_TOKEN_SECONDS = 1.0
VOCABULARY = (
    "you listen first and answer briefly without judging the person and always ask what would help them most "
    "before offering any advice about sleep work family health or money and you never name a diagnosis"
)


def run() -> dict[str, Any]:
    """Tokens a second of both on the same prompt, alternating, and the seconds to the first token once prepared."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> dict[str, Any]:
    load = Load()
    bare = await asyncio.to_thread(_bare_runtime)
    gateway = ModelGateway(Settings(root=folder), processes=1)
    try:
        await gateway.complete(_request(QUESTION))
        rates: dict[str, list[float]] = {"bare": [], "product": []}
        for number in range(ROUNDS):
            rates["bare"].append(await asyncio.to_thread(_bare_rate, bare, number))
            rates["product"].append(await _product_rate(gateway, number))
        first_tokens = await _first_tokens(gateway)
    finally:
        await gateway.close()
    ratios = [ours / alone for ours, alone in zip(rates["product"], rates["bare"], strict=True)]
    ratio = statistics.median(ratios)  # of neighbours in time: the computer is not equally busy all along
    result = {
        "ratio": {"value": round(ratio, 3), "target": RATIO, "met": ratio >= RATIO, **spread(ratios)},
        "tokens_per_second": {name: spread(values) for name, values in rates.items()},
        **first_tokens,
    }
    return {"missed": verdict(result), **result, **load.told()}


def _bare_runtime() -> Any:
    """The runtime alone, under the product's conditions: else a busy computer would measure only how they differ."""
    os.environ["GOMP_SPINCOUNT"] = ENVIRONMENT["GOMP_SPINCOUNT"]
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)  # of this thread, and of those it starts
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.verbosity = -1
    return xllamacpp.Server(params)


def _bare_rate(server: Any, seed: int) -> float:
    """Tokens a second of one answer, from the question to the last token."""
    told: list[dict[str, Any]] = []
    body = {
        **DEFAULTS,
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": TOKENS,
        "seed": seed,
        "id_slot": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    began = time.perf_counter()
    server.handle_chat_completions(body, told.append)
    return int(told[-1]["usage"]["completion_tokens"]) / (time.perf_counter() - began)


async def _product_rate(gateway: ModelGateway, seed: int) -> float:
    began = time.perf_counter()
    answer = await gateway.complete(_request(QUESTION, max_tokens=TOKENS, seed=seed))
    return _tokens(answer) / (time.perf_counter() - began)


async def _first_tokens(gateway: ModelGateway) -> dict[str, Any]:
    """Prepare long instructions one after another, then begin all conversations at once; and one alone."""
    instructions = [_instructions(number) for number in range(ARMS)]
    began = time.perf_counter()
    for text in instructions:
        await gateway.prepare(_request(QUESTION).model, text)
    preparing = time.perf_counter() - began
    asked = (_request(QUESTION, system=text, max_tokens=30) for text in instructions)
    six = await asyncio.gather(*(gateway.complete(request) for request in asked))
    alone = await gateway.complete(_request("Thank you, and now?", system=instructions[0], max_tokens=5))
    return {
        "first_token_of_one_column": figure(_first(alone), FIRST_TOKEN_SECONDS),
        "first_token_of_six_columns": figure(max(map(_first, six)), FIRST_TOKEN_SECONDS),
        "prepare_seconds_each": figure(preparing / ARMS),
    }


def _request(question: str, *, system: str = "", **settings: Any) -> Request:
    spec = ModelSpec(name="embedded/smollm2", litellm_id="embedded/smollm2-135m-instruct", settings=settings)
    messages = [Message(role="system", content=system)] if system else []
    return Request(id="bench", model=spec, messages=(*messages, Message(role="user", content=question)))


def _instructions(number: int) -> str:
    known = VOCABULARY.split()
    words = (known[(place * 7 + number * 3 + place // 11) % len(known)] for place in range(INSTRUCTION_WORDS))
    return f"Version {number}. {' '.join(words)}"


def _tokens(answer: Completion) -> int:
    assert answer.end.usage.completion_tokens is not None, answer.end
    return answer.end.usage.completion_tokens


def _first(answer: Completion) -> float:
    assert answer.end.usage.seconds_to_first_token is not None, answer.end
    return answer.end.usage.seconds_to_first_token


if __name__ == "__main__":
    main(run)
