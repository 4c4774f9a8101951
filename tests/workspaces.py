"""Fresh workspaces for tests, over scripted models."""

import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.conftest import NOW, ROOT
from workbench.bootstrap import open_workbench
from workbench.domain.conversations import ArmSpec, Delta, Event, Request
from workbench.gateway.scripted import ScriptedGateway
from workbench.services.workbench import Workbench
from workbench.settings import DEFAULT_FILE
from workbench.store.comparisons import Column
from workbench.store.transcripts import Transcript

Script = Sequence[Event | float]
"""What a scripted model does: events, and seconds to wait."""


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


SCRIPTED = DEFAULT_FILE.replace('litellm_id = "embedded/', 'litellm_id = "scripted/')
"""The shipped settings, with the same names for models that say what a test tells them."""


def words(text: str) -> Script:
    return [Delta(text=text)]


def slow_words(text: str, seconds: float) -> Script:
    return [part for word in text.split() for part in (Delta(text=f"{word} "), seconds)]


def numbered() -> Callable[[Request], Script]:
    """Answers `answer 1`, `answer 2`, … in the order of the calls."""
    count = 0

    def script(_: Request) -> Script:
        nonlocal count
        count += 1
        return words(f"answer {count}")

    return script


def new_workspace(folder: Path, models: str = "") -> Path:
    """A workspace with the shipped library, and models of one's own if wanted."""
    if not folder.exists():
        shutil.copytree(ROOT / "instruction_library", folder / "instruction_library")
        shutil.copytree(ROOT / "experiments", folder / "experiments")
        (folder / "workbench.toml").write_text(models or SCRIPTED)
    return folder


def scripted(folder: Path, script: Callable[[Request], Script] | None = None, clock: Clock | None = None) -> Workbench:
    """The workspace's workbench over a scripted gateway."""
    gateway = ScriptedGateway(script or numbered())
    return open_workbench(folder, clock=clock or Clock(), gateway=lambda _: gateway)


class Talk:
    """A comparison of the shipped set with no instructions, or of one column alone."""

    def __init__(self, wb: Workbench, arms: int = 2) -> None:
        self.wb = wb
        specs = [
            ArmSpec(instructions="therapy-mode", model="embedded/smollm2"),
            ArmSpec(instructions="", model="embedded/smollm2-focused"),
        ]
        self.id = wb.conversing.start(specs[:arms])

    @property
    def clock(self) -> Clock:
        clock = self.wb.store.clock
        assert isinstance(clock, Clock)
        return clock

    @property
    def requests(self) -> list[Request]:
        gateway = self.wb.live._gateway
        assert isinstance(gateway, ScriptedGateway)
        return gateway.requests

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.transcript().columns

    def say(self, text: str) -> str:
        turn = self.wb.conversing.say(self.id, text)
        self.wait()
        return turn

    def wait(self) -> Transcript:
        return self.wb.conversing.wait(self.id)

    def transcript(self) -> Transcript:
        return self.wb.conversing.transcript(self.id)
