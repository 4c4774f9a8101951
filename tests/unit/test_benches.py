"""Benches are found by name. None of them runs here: `workbench bench NAME` does that."""

import importlib
import subprocess
import sys

import pytest

BENCHES = ("converse", "startup", "store")


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_has_something_to_run(name: str) -> None:
    assert callable(importlib.import_module(f"tests.benchmarks.{name}").run)


def test_a_figure_knows_whether_it_met_its_target() -> None:
    from tests.benchmarks.running import fact, figure, p95, verdict

    found = {"good": figure(1.04, 1.05), "bad": figure(1.06, 1.05), "told": figure(7.0), "fact": fact([], ["x"])}
    assert [one.get("met") for one in found.values()] == [True, False, None, False]
    assert verdict(found) == ["bad", "fact"]
    assert p95(range(1, 101)) == 95


@pytest.mark.parametrize("name", ["nope", "running"])
def test_a_bench_that_is_not_there_is_told_in_a_sentence(name: str) -> None:
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "bench", name, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "There is no bench" in done.stderr
    assert "Traceback" not in done.stderr
