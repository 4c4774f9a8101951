"""What every test shares: it works in a fresh copy, and a test that touches the checkout fails."""

import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

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
