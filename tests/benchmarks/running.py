"""What the benches that start the real app share: the app, the paced provider, Chromium, and how figures are told."""

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psutil
from playwright.sync_api import Browser, sync_playwright

from workbench.bootstrap import init_workspace
from workbench.settings import DEFAULT_FILE, FILE

CHECKOUT = Path(__file__).parents[2]
PROVIDER = CHECKOUT / "tests" / "faults" / "provider.py"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COMMAND = "from workbench.cli import main; main()"
STARTING_SECONDS = 90.0
CLOSING_SECONDS = 15.0

MODULES_ON_SIGNAL = """\
import json, os, pathlib, signal, sys
def tell(*_):
    whole = pathlib.Path(__file__).with_name(f"modules-{os.getpid()}.json")
    part = whole.with_suffix(".part")
    part.write_text(json.dumps(sorted(sys.modules)))
    part.rename(whole)
signal.signal(signal.SIGUSR2, tell)
"""
"""Read by every Python process of the app at its start; tells, when asked, what it has imported. Nothing else."""

Figure = dict[str, Any]


# --- figures -------------------------------------------------------------------------------------------------------


def figure(value: float | None, target: float | None = None, **more: Any) -> Figure:
    """A measured value (smaller is better) beside its target; without a target it is only told."""
    shown = None if value is None else round(value, 3)
    if target is None:
        return {"value": shown, **more}
    return {"value": shown, "target": target, "met": value is not None and value <= target, **more}


def fact(value: object, expected: object, **more: Any) -> Figure:
    """Something that has to be so, and no number."""
    return {"value": value, "target": expected, "met": value == expected, **more}


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed (nearest rank)."""
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Smallest, middle, largest."""
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3), "max": round(max(values), 3)}


class Load:
    """How busy the computer was during a bench: its processors, and how many programs wanted them."""

    def __init__(self) -> None:
        self._began = os.getloadavg()[0]
        psutil.cpu_percent()

    def told(self) -> dict[str, Any]:
        averages = [round(average, 2) for average in os.getloadavg()]
        return {"load_before": round(self._began, 2), "load_after": averages, "processors": os.cpu_count()}


def verdict(result: Mapping[str, Any]) -> list[str]:
    """The names of the figures that missed their target."""
    return [name for name, one in result.items() if isinstance(one, Mapping) and one.get("met") is False]


# --- processes -----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def get(url: str, seconds: float = 5.0) -> Any:
    """The JSON at an address of this computer, or None while nobody answers there."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
        return None


def wait_for(holds: Callable[[], Any], seconds: float = STARTING_SECONDS, pause: float = 0.02) -> Any:
    """What `holds` gives, as soon as it gives something. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {seconds:g} s")
        time.sleep(pause)
    return found


def end(process: subprocess.Popen[str], ask: int = signal.SIGINT) -> None:
    """Ask a process to end; insist after a while."""
    process.send_signal(ask)
    try:
        process.wait(CLOSING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="workbench-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def workspace(folder: Path, models: str = "") -> Path:
    """A fresh workspace with the shipped library; `models` come before the embedded ones."""
    init_workspace(folder)
    before, _, after = DEFAULT_FILE.partition("[[models]]")
    (folder / FILE).write_text(f"{before}{models}[[models]]{after}", encoding="utf-8")
    return folder


class App:
    """`workbench app` on a workspace, in a process of its own, for the length of a `with` block."""

    def __init__(self, root: Path) -> None:
        self.root, self.port = root, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._hooks = root.with_name(f"{root.name}-hooks")
        self._hooks.mkdir(exist_ok=True)
        (self._hooks / "sitecustomize.py").write_text(MODULES_ON_SIGNAL)

    def __enter__(self) -> Self:
        paths = [str(self._hooks), str(CHECKOUT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "WORKBENCH_TESTING": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        environment.pop("WORKBENCH_LAUNCHED", None)  # of the bench command itself
        command = [sys.executable, "-c", COMMAND, "app", "--no-browser", "--port", str(self.port)]
        self.log = (self._hooks / "log").open("w")
        self.launched = time.time()
        self.process = subprocess.Popen(
            [*command, "--root", str(self.root)],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        threading.Thread(target=self._drain, daemon=True).start()
        try:
            wait_for(self._answers)
        except BaseException:
            self.__exit__()
            raise
        self.ready = time.time()
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)
        self.log.close()

    def _drain(self) -> None:
        assert self.process.stdout
        with suppress(ValueError):  # closed at the end
            for _ in self.process.stdout:
                pass

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the app ended at once: {(self._hooks / 'log').read_text()[-2000:]}")
        return bool(get(f"{self.url}/api/health"))

    def wait_for_models(self) -> float:
        """When health said that the models are ready, in seconds since 1970."""
        wait_for(lambda: self.models() != "waking", pause=0.05)
        assert self.models() == "ready", self.models()
        return time.time()

    def models(self) -> str:
        """What health says of the models."""
        return str((get(f"{self.url}/api/health") or {}).get("models", "waking"))

    def model_processes(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "workbench.gateway.model_process" in child.cmdline()]

    def modules(self, pid: int) -> set[str]:
        """The names in `sys.modules` of a process of the app, told from inside."""
        told = self._hooks / f"modules-{pid}.json"
        told.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR2)
        wait_for(told.exists, 10)
        return set(json.loads(told.read_text()))

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time so far, of the app and of its model processes."""
        own = psutil.Process(self.process.pid).cpu_times()
        children = [child.cpu_times() for child in self.model_processes()]
        return {"app": own.user + own.system, "models": sum(times.user + times.system for times in children)}


@contextmanager
def paced_provider() -> Iterator[str]:
    """The paced provider in a process of its own; gives its address."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(PROVIDER), str(port)], stdout=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: get(f"http://127.0.0.1:{port}/stats"), 20)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process, signal.SIGTERM)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, started before anything is measured."""
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def main(run: Callable[[], dict[str, Any]]) -> None:
    """Run a bench by itself and print what it found."""
    sys.stdout.write(json.dumps(run(), indent=2) + "\n")
