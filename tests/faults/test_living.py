"""Stopping calls, dying and orphaned model processes, keys in files, and what a test may not reach."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import KEY, LIMITS, MISSING, SECRET, Caller, Told
from tests.faults.provider import CUT, WHOLE
from workbench.domain.conversations import Delta, End, Message, ModelSpec, Outcome, Request
from workbench.gateway import Readiness
from workbench.gateway.model_gateway import ModelGateway
from workbench.settings import Settings


def request(spec: ModelSpec) -> Request:
    return Request(id="living", model=spec, messages=(Message(role="user", content="Hello"),))


async def wait_until(happened, seconds: float) -> float:
    start = time.monotonic()
    while not happened():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        await asyncio.sleep(0.01)
    return time.monotonic() - start


def test_closing_an_answer_closes_the_call_upstream(caller: Caller) -> None:
    async def stop_after_the_first_words() -> float:
        async with contextlib.aclosing(caller.gateway.stream(request(caller.spec("fake-20-500")))) as events:
            async for event in events:
                assert isinstance(event, Delta)
                break
        return await wait_until(lambda: caller.provider.counts["active"] == 0, 3.0)

    caller.call("ok")
    assert caller.background.run(stop_after_the_first_words()) <= 0.5


def test_cancelling_a_task_closes_the_call_upstream(caller: Caller) -> None:
    async def cancel_while_nothing_came() -> float:
        task = asyncio.create_task(caller.tell(caller.spec("timeout-before")))
        await wait_until(lambda: caller.provider.counts["active"] == 1, 3.0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return await wait_until(lambda: caller.provider.counts["active"] == 0, 3.0)

    assert caller.background.run(cancel_while_nothing_came()) <= 0.5


def killed_when(caller: Caller, mode: str, *, text_first: bool) -> Told:
    """Call, and kill the model process once the provider has the request (and once text came, if asked)."""

    async def play() -> Told:
        before = caller.provider.requests[mode]
        task = asyncio.create_task(caller.tell(caller.spec(mode), f"{mode} {time.monotonic()}"))
        await wait_until(lambda: caller.provider.requests[mode] > before, 10.0)
        if text_first:
            await asyncio.sleep(0.3)
        for pid in caller.gateway.process_ids:
            os.kill(pid, signal.SIGKILL)
        return await task

    return caller.background.run(play())


def test_a_process_killed_in_mid_answer_leaves_a_cut_answer(caller: Caller) -> None:
    caller.call("ok")
    told = killed_when(caller, "hang", text_first=True)
    assert (told.end.outcome, told.text, told.end.usage.attempts) == (Outcome.TRUNCATED, CUT, 1)
    assert "local model process ended" in told.end.detail


def test_a_process_killed_before_any_text_is_started_again_and_asked_again(caller: Caller) -> None:
    caller.call("ok")
    told = killed_when(caller, "silent-once", text_first=False)
    assert (told.end.outcome, told.text, told.end.usage.attempts) == (Outcome.COMPLETE, f"{WHOLE} ", 2)
    (retry,) = told.retries
    assert retry.outcome is Outcome.NETWORK
    assert caller.gateway.readiness() is Readiness.READY


def test_a_process_that_is_stuck_is_ended_and_started_again(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> Told:
        for pid in caller.gateway.process_ids:
            os.kill(pid, signal.SIGSTOP)
        return await caller.tell(caller.spec("ok"))

    caller.call("ok")
    monkeypatch.setattr("workbench.gateway.processes.STUCK_SECONDS", -LIMITS.total_seconds + 0.5)
    try:
        told = caller.background.run(play())
    finally:
        monkeypatch.undo()
    assert [retry.outcome for retry in told.retries][:1] == [Outcome.NETWORK]
    assert caller.call("ok").end.outcome is Outcome.COMPLETE


def test_keys_are_found_but_never_shown(caller: Caller, workspace: Path) -> None:
    secrets = workspace / ".workbench" / "secrets.toml"
    secrets.write_text(f'{SECRET} = "file-key-0123456789"\n')
    secrets.chmod(0o600)
    assert caller.background.run(caller.gateway.keys_present()) == {KEY: True, SECRET: True, MISSING: False}
    assert caller.call("ok", key_env=SECRET).end.outcome is Outcome.COMPLETE
    assert caller.provider.headers["ok"]["authorization"] == "Bearer file-key-0123456789"


def test_a_key_file_others_can_read_is_refused(caller: Caller, workspace: Path) -> None:
    secrets = workspace / ".workbench" / "secrets.toml"
    secrets.write_text(f'{SECRET} = "file-key-0123456789"\n')
    secrets.chmod(0o644)
    told = caller.call("ok", key_env=SECRET)
    assert told.end.outcome is Outcome.AUTH
    assert "chmod 600" in told.end.detail
    assert caller.background.run(caller.gateway.keys_present())[SECRET] is False


def test_under_test_no_provider_is_reached(caller: Caller) -> None:
    for spec in (caller.spec("ok", api_base=""), caller.spec("ok", api_base="https://127.0.0.1.example.com/v1")):
        end = caller.background.run(caller.gateway.complete(request(spec))).end
        assert end.outcome is Outcome.INVALID
        assert "Tests never reach a provider" in end.detail


def test_a_process_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "litellm.py").write_text("raise ImportError('litellm is broken here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    spec = ModelSpec(name="local", litellm_id="openai/local", api_base="http://127.0.0.1:9/v1")

    async def play() -> tuple[End, Readiness]:
        gateway = ModelGateway(Settings(root=tmp_path, models=(spec,)), processes=1)
        events = [event async for event in gateway.stream(request(spec))]
        readiness = gateway.readiness()
        await gateway.close()
        end = events[-1]
        assert isinstance(end, End)
        return end, readiness

    end, readiness = asyncio.run(play())
    assert end.outcome is Outcome.NETWORK
    assert "litellm is broken here" in end.detail
    assert readiness is Readiness.FAILED


def test_no_model_process_outlives_a_killed_workbench(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from workbench.gateway.model_gateway import ModelGateway
        from workbench.settings import Settings

        async def main():
            gateway = ModelGateway(Settings(root=Path(sys.argv[1])), processes=2)
            await gateway.start()
            while not gateway.process_ids:
                await asyncio.sleep(0.01)
            print(*gateway.process_ids, flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert children
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while any(psutil.pid_exists(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(psutil.pid_exists(pid) for pid in children)
