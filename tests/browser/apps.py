"""The real app as a process of its own, on a fresh workspace.

Run as a program, `python -m tests.browser.apps ANSWERS app …` is the command `workbench app …` over scripted models.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.workspaces import SCRIPTED, new_workspace
from workbench.asgi.server import listen
from workbench.bootstrap import open_workbench
from workbench.domain.conversations import Outcome, Request
from workbench.gateway.scripted import ScriptedGateway, answer
from workbench.settings import DEFAULT_FILE, Settings

ROOT = Path(__file__).parents[2]

QUIET = [r"404 \(Not Found\)"]
"""Streamlit looks for its own address below a page's first; the misses stand in the console."""


PATIENCE = 30_000
"""Milliseconds to wait for something on a page: other programs may use the computer too."""


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Expectations wait that long, as long as the block lasts."""
    expect.set_options(timeout=PATIENCE)
    try:
        yield
    finally:
        expect.set_options(timeout=5_000)


@dataclass(frozen=True)
class RunningApp:
    """Where the app answers, its workspace, and what it says in its terminal."""

    url: str
    folder: Path
    log: Path

    def health(self) -> dict[str, str]:
        with urllib.request.urlopen(f"{self.url}/api/health", timeout=5) as answer:
            told: dict[str, str] = json.loads(answer.read())
            return told


@contextlib.contextmanager
def running(
    folder: Path, *, models: str = "", command: list[str] | None = None, env: Mapping[str, str] | None = None
) -> Iterator[RunningApp]:
    """The app on a workspace in `folder`, which is made when it is not there; ended whatever happens."""
    new_workspace(folder, models or short_answers())
    with listen(0) as free:
        port = free.getsockname()[1]
    start = command or [sys.executable, "-m", "workbench.cli"]
    log = folder.parent / f"{folder.name}-{port}.log"
    words = [*start, "app", "--no-browser", "--port", str(port), "--root", str(folder)]
    with log.open("w") as output:
        process = subprocess.Popen(
            words, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, **(env or {})}
        )
    app = RunningApp(f"http://127.0.0.1:{port}", folder, log)
    try:
        _wait(app, process)
        yield app
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def running_scripted(
    folder: Path, answers: Sequence[Mapping[str, Any]] = (), *, models: str = ""
) -> Iterator[RunningApp]:
    """The app over models that say what they are told, in turn and then again from the first.

    An answer is `{"text": …}` with, if wanted, `pause` (seconds before each word), `outcome` and `detail`; without
    answers the message is repeated back.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    told = folder.parent / f"{folder.name}-answers.json"
    told.write_text(json.dumps(list(answers)))
    command = [sys.executable, "-m", "tests.browser.apps", str(told)]
    with running(folder, models=models or SCRIPTED, command=command, env={"PYTHONPATH": str(ROOT)}) as app:
        yield app


def short_answers(tokens: int = 40) -> str:
    """The shipped settings, with answers short enough for a test."""
    return DEFAULT_FILE.replace("max_tokens = 512", f"max_tokens = {tokens}")


def _wait(app: RunningApp, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if app.health()["app"] == "ready":
                return
        assert process.poll() is None, app.log.read_text()
        time.sleep(0.1)
    raise TimeoutError(app.log.read_text())


def _scripted_command(answers: Path) -> None:
    from workbench import cli
    from workbench.ui import session

    told, asked = json.loads(answers.read_text()), itertools.count()

    def script(request: Request) -> Any:
        if not told:
            return answer(f"You said: {request.messages[-1].content}")
        one = dict(told[next(asked) % len(told)])
        return answer(one.pop("text", ""), Outcome(one.pop("outcome", "complete")), **one)

    def door(_: Settings) -> ScriptedGateway:
        return ScriptedGateway(script)

    session.open_workbench = lambda root, processes: open_workbench(root, gateway=door)  # type: ignore[assignment]
    cli.main()


if __name__ == "__main__":
    _scripted_command(Path(sys.argv.pop(1)))
