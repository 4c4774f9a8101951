"""The app of an installed wheel, in an empty folder, with nothing of the checkout to lean on."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.apps import QUIET, ROOT, patient, running
from tests.browser.conftest import Pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

COMMAND = [sys.executable, "-m", "workbench.cli"]
BUILD = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
WHERE = "import workbench; from workbench.bundled import bundled; print(workbench.__file__); print(bundled('pages'))"


def run(words: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(words, cwd=folder, env=environment or None, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The wheel of this checkout, unpacked as an installer does."""
    source, site = tmp_path / "source", tmp_path / "site"
    ignore = shutil.ignore_patterns(".git", ".venv", ".workbench", "__pycache__", ".*_cache", ".hypothesis", "dist")
    shutil.copytree(ROOT, source, ignore=ignore)
    built = run([sys.executable, "-c", BUILD, str(tmp_path)], source).split()[-1]
    shutil.rmtree(source)
    with zipfile.ZipFile(tmp_path / built) as wheel:
        wheel.extractall(site)
    return site


def test_an_installed_wheel_opens_in_an_empty_folder(
    new_page: Pages, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(site))  # before the checkout, which an editable install adds at the end
    empty = tmp_path / "empty"
    empty.mkdir()
    assert all(Path(path).is_relative_to(site) for path in run([sys.executable, "-c", WHERE], empty).split())
    run([*COMMAND, "init", "."], empty)
    with patient(), running(empty, command=COMMAND) as app:
        new_page.expected += QUIET
        page = new_page(app.url)
        expect(page.get_by_role("heading", name="Instruction Workbench")).to_be_visible()
        assert "Instruction Workbench" in page.title() or "Home" in page.title()
        page.goto(f"{app.url}/converse")
        expect(page.get_by_role("heading", name="Converse", exact=True)).to_be_visible()
        expect(page.locator('[data-testid="stChatInput"] textarea')).to_be_enabled()
        page.context.close()  # or it would complain that the app goes away
    assert "Traceback" not in app.log.read_text()
