"""The wheel carries pages and library, and needs no checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_wheel_makes_a_workspace_and_finds_its_pages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    ignore = shutil.ignore_patterns(".git", ".venv", ".workbench", "__pycache__", ".*_cache", ".hypothesis", "dist")
    shutil.copytree(ROOT, source, ignore=ignore)
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    site = tmp_path / "site"
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        wheel.extractall(site)
    assert {p.name for p in site.iterdir()} <= {"workbench", *(p.name for p in site.glob("*.dist-info"))}
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import workbench; from workbench.bundled import bundled; from workbench.bootstrap import init_workspace\n"
        "from pathlib import Path\n"
        f"assert workbench.__file__.startswith({str(site)!r})\n"
        "assert (bundled('pages') / 'converse.py').is_file()\n"
        "assert '_bundled' in str(bundled('pages'))\n"
        "init_workspace(Path('fresh'))\n"
        "with workbench.open('fresh') as p: print(p.authoring.sets()[0].newest, p.authoring.verify())\n"
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run([sys.executable, "-c", code], cwd=empty, capture_output=True, text=True)
    assert done.stdout.strip() == "therapy-mode@1.0.0 ()", done.stderr
