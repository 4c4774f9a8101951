"""What every test shares: it works in a fresh copy, and a test that touches the checkout fails."""

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workspaces import Clock, Script, Talk
    from workbench.domain.conversations import Request
    from workbench.services.workbench import Workbench

os.environ["WORKBENCH_TESTING"] = "1"

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def _fingerprint() -> str:
    """Names, sizes and times of everything a workspace may write, in the checkout."""
    seen = hashlib.sha256()
    for folder in ("instruction_library", "experiments", ".workbench", "pages"):
        for path in sorted((ROOT / folder).rglob("*")):
            if "__pycache__" in path.parts:
                continue
            stat = path.stat()
            seen.update(f"{path}{stat.st_size}{stat.st_mtime_ns if path.is_file() else ''}".encode())
    return seen.hexdigest()


@pytest.fixture(scope="session", autouse=True)
def checkout_is_left_alone() -> Iterator[None]:
    before = _fingerprint()
    yield
    assert _fingerprint() == before, "a test wrote into the checkout; work in tmp_path instead"


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def make_workbench(tmp_path: Path) -> "Iterator[Callable[..., Workbench]]":
    """Opens the test's one workspace, again and again if wanted, as processes of their own would."""
    from tests.workspaces import new_workspace, scripted

    opened: list[Workbench] = []

    def make(
        script: "Callable[[Request], Script] | None" = None, *, clock: "Clock | None" = None, models: str = ""
    ) -> "Workbench":
        wb = scripted(new_workspace(tmp_path / "workspace", models), script, clock)
        opened.append(wb)
        return wb

    yield make
    for wb in opened:
        wb.close()


@pytest.fixture
def talk(make_workbench: "Callable[..., Workbench]") -> "Talk":
    from tests.workspaces import Talk

    return Talk(make_workbench())
