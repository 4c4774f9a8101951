from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workspaces import Clock, Script, Talk, new_workspace, scripted
from workbench.domain.conversations import Request
from workbench.services.workbench import Workbench


@pytest.fixture
def make_workbench(tmp_path: Path) -> Iterator[Callable[..., Workbench]]:
    """Opens the test's one workspace, again and again if wanted, as processes of their own would."""
    opened: list[Workbench] = []

    def make(
        script: Callable[[Request], Script] | None = None, *, clock: Clock | None = None, models: str = ""
    ) -> Workbench:
        wb = scripted(new_workspace(tmp_path / "workspace", models), script, clock)
        opened.append(wb)
        return wb

    yield make
    for wb in opened:
        wb.close()


@pytest.fixture
def talk(make_workbench: Callable[..., Workbench]) -> Talk:
    return Talk(make_workbench())
