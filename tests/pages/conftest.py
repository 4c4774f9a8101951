from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.workspaces import Script
from workbench.domain.conversations import Request
from workbench.services.workbench import Workbench
from workbench.ui import session

ROOT = Path(__file__).parents[2]


class App:
    """The real entry script and pages, over a scripted model."""

    def __init__(self, wb: Workbench) -> None:
        self.wb = wb
        self.test = AppTest.from_file(str(ROOT / "workbench" / "ui" / "app.py"), default_timeout=30)

    def open(self, page: str, **query: str) -> AppTest:
        """A page as a person opens it by its address."""
        self.test.run()
        for name, value in query.items():
            self.test.query_params[name] = value
        if page != "home":
            self.test.switch_page(str(ROOT / "pages" / f"{page}.py"))
        return self.run()

    def run(self) -> AppTest:
        self.test.run()
        assert not self.test.exception, [e.message for e in self.test.exception]
        return self.test

    def words(self) -> str:
        """All that stands on the page, in one text."""
        kinds = (self.test.title, self.test.markdown, self.test.caption, self.test.text, self.test.error)
        kinds += (self.test.warning, self.test.info, self.test.subheader)
        return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.fixture
def make_app(make_workbench: Callable[..., Workbench], monkeypatch: pytest.MonkeyPatch) -> Callable[..., App]:
    def make(script: Callable[[Request], Script] | None = None) -> App:
        wb = make_workbench(script)
        monkeypatch.setattr(session, "workbench", lambda: wb)
        return App(wb)

    return make


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()
