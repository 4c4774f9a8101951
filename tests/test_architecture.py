"""House rules that a machine can check. Layers are import-linter's, types are mypy's; what is left stands here."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import errors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workbench"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_bundled" not in p.parts)
PAGES = sorted((ROOT / "pages").glob("*.py"))
OUTSIDE = {
    "streamlit": ("ui", "asgi"),
    "litellm": ("gateway/model_process.py", "gateway/embedded.py"),
    "xllamacpp": ("gateway/embedded.py",),
    "sqlmodel": ("store",),
    "sqlalchemy": ("store",),
    "alembic": ("store",),
    "statsmodels": ("statistics",),
}
"""Who alone may import what."""


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_asks_draws_and_calls(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 100
    assert {module.split(".")[0] for module in imports(path)} <= {"streamlit", "workbench"}
    forbidden = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try)
    assert not [type(n).__name__ for n in ast.walk(tree(path)) if isinstance(n, forbidden)]
    assert not [
        n for n in tree(path).body if isinstance(n, ast.Expr) and isinstance(n.value, ast.ListComp | ast.SetComp)
    ]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_first_asks_who_is_there(path: Path) -> None:
    first = next(n for n in tree(path).body if not isinstance(n, ast.Import | ast.ImportFrom))
    assert ast.unparse(first) == "wb = require_user()"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    assert path.read_text().count("\n") <= 400
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(path) if f.end_lineno - f.lineno + 1 > 40}
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_libraries_are_imported_where_they_belong(path: Path) -> None:
    where = str(path.relative_to(PACKAGE))
    for module in imports(path):
        allowed = OUTSIDE.get(module.split(".")[0])
        assert allowed is None or where.startswith(allowed), f"{module} is not for {where}"


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=name)
def test_nothing_dangerous_is_called(path: Path) -> None:
    text = path.read_text()
    for word in ("unsafe_allow_html", "st.html(", "components.v1", "yaml.load(", "pickle", "joblib", "st.cache_data("):
        assert word not in text, f"{word} in {name(path)}"
    calls = {n.func.id for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not calls & {"eval", "exec", "__import__"}


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=name)
def test_session_state_has_one_owner(path: Path) -> None:
    if name(path) != "workbench/ui/state.py":
        used = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute) and n.attr == "session_state"]
        assert not used


@pytest.mark.parametrize("path", [*MODULES, *PAGES], ids=name)
def test_nothing_is_unfinished(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", path.read_text())


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=name)
def test_the_domain_reads_no_clock_and_touches_no_file(path: Path) -> None:
    calls = {ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)}
    assert not {c for c in calls if c.endswith((".now", ".today", ".utcnow", "time.time")) or c == "open"}
    assert not {"os", "pathlib", "random", "secrets", "uuid", "socket"} & {m.split(".")[0] for m in imports(path)}


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, socket\n"
        "socket.socket = None\n"
        "import workbench\n"
        "heavy = {'streamlit', 'litellm', 'sqlmodel', 'sqlalchemy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_error_explains_itself_and_stands_in_the_tree() -> None:
    found = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, errors.WorkbenchError)]
    assert len(found) > 10
    for error in found:
        assert error.__doc__
        assert error.__name__ in (errors.__doc__ or "")


def test_locks_carry_hashes_and_no_addresses() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert not re.search(r"https?://|file://|--index|--find-links", text)
        pinned = re.findall(r"^[a-z0-9][^\n]*==[^\n]*$", text, re.MULTILINE)
        assert len(pinned) > 80
        assert all(line.endswith("\\") for line in pinned), "a pin without a hash"
        assert not re.search(r"^litellm==1\.82\.[78]\b", text, re.MULTILINE)


def test_no_committed_file_names_a_machine() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    for entry in filter(None, tracked):
        path = ROOT / entry
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".js", ".css", ".txt", ".lock"} and path.is_file():
            text = path.read_text(errors="replace")
            assert "/work" + "/" not in text, entry
            assert "../" + "shared" not in text, entry
