"""Opening one conversation of 200 turns among a million stored turns, and among ten thousand.

`python -m tests.benchmarks.store` prints the figures as JSON. Each turn has its message, two columns' answers, their
generations and their words: 8 rows a turn. Nothing is kept.
"""

import datetime as dt
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from workbench.store import transcripts
from workbench.store.engine import address_of, make_engine, writer
from workbench.store.store import Store
from workbench.store.tables import Table

TURNS = 200
"""In each comparison."""
COLUMNS = 2
OPENED = 40
"""Different comparisons that are opened, one after the other, each for the first time."""

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
USAGE = '{"prompt_tokens": 900, "completion_tokens": 120, "seconds_to_first_token": 0.4, "seconds": 2.5}'
ANSWER = "That sounds heavy. What would help you to sleep tonight? " * 8
Row = dict[str, Any]


def run(large: int = 1_000_000, small: int = 10_000) -> dict[str, Any]:
    """Medians in milliseconds and their ratio; `build_s` is how long storing the large number of turns took."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder, "few.db"), Path(folder, "many.db")
        build(few, small)
        began = time.perf_counter()
        build(many, large)
        seconds = time.perf_counter() - began
        times: dict[Path, list[float]] = {few: [], many: []}
        for path in (few, many, few, many):  # by turns, so that a busy computer slows both
            times[path] += open_some(path)
        small_ms, large_ms = (round(statistics.median(times[path]), 2) for path in (few, many))
        megabytes = many.stat().st_size // 2**20
    ratio = round(large_ms / small_ms, 3)
    return {"ms_at_1m": large_ms, "ms_at_10k": small_ms, "ratio": ratio, "build_s": round(seconds, 1), "mb": megabytes}


def open_some(path: Path) -> list[float]:
    """Milliseconds that each of some comparisons took, in a process that has just opened the store."""
    store = Store.open(path, lambda: NOW)
    with store.reading() as rx:
        ids = list(rx.session.scalars(text("SELECT id FROM comparison")))
    times = []
    for comparison in random.Random(7).sample(ids, min(OPENED, len(ids))):
        began = time.perf_counter()
        with store.reading() as rx:
            found = transcripts.load(rx, comparison)
        times.append((time.perf_counter() - began) * 1000)
        assert len(found.turns) == TURNS
        assert all(len(turn.answers) == COLUMNS for turn in found.turns)
    store.close()
    return times


def build(path: Path, turns: int) -> None:
    """A database of so many turns, in comparisons of 200."""
    Store.open(path, lambda: NOW).close()
    engine = make_engine(address_of(path))
    with writer(engine).connect() as connection:
        driver = connection.connection
        for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000"):
            driver.execute(f"PRAGMA {pragma}")
        with connection.begin():
            _insert(connection, {"text": [_text("rendered")]})
            _insert(connection, {"rendered": [{"digest": "d", "text_id": "rendered", "source": "calm@1.0.0"}]})
            for first in range(0, turns, TURNS * 10):
                _insert(connection, _comparisons(range(first // TURNS, min(first + TURNS * 10, turns) // TURNS)))
        connection.detach()
    engine.dispose()


def _insert(connection: Connection, rows: dict[str, list[Row]]) -> None:
    for name, of_table in rows.items():
        connection.execute(insert(Table.metadata.tables[name]), of_table)


def _comparisons(numbers: range) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {
        name: [] for name in ("text", "comparison", "conversation", "turn", "generation", "response")
    }
    for number in numbers:
        comparison = f"{number:011x}{number:011x}"
        rows["comparison"].append({"id": comparison, "created_by": "ana", "created_at": NOW})
        rows["conversation"] += (_conversation(comparison, position) for position in range(COLUMNS))
        for position in range(TURNS):
            _add_turn(rows, comparison, position)
    return rows


def _add_turn(rows: dict[str, list[Row]], comparison: str, position: int) -> None:
    turn = f"{comparison[:18]}{position:04x}"
    at = {"by": "ana", "at": NOW}
    rows["text"].append(_text(turn, "I cannot sleep before exams."))
    rows["turn"].append({"id": turn, "comparison_id": comparison, "position": position, "text_id": turn, **at})
    for column in range(COLUMNS):
        id = f"{turn}{column}"
        common = {"comparison_id": comparison, "turn_id": turn, "conversation_id": f"{comparison}{column}", "answer": 1}
        rows["text"].append(_text(id, ANSWER))
        rows["generation"].append({"id": id, **common, **_ENDED})
        rows["response"].append({"id": id, "generation_id": id, **common, **_COMPLETE, "text_id": id})


_ENDED = {
    "state": "ended",
    "owner": "",
    "lease_until": NOW,
    "partial": "",
    "stop_requested": False,
    "watched_at": NOW,
    "started_at": NOW,
}
_COMPLETE = {"outcome": "complete", "detail": "", "usage": USAGE, "rendered_digest": "d", "at": NOW}


def _conversation(comparison: str, position: int) -> Row:
    return {
        "id": f"{comparison}{position}",
        "comparison_id": comparison,
        "position": position,
        "instructions": "calm@1.0.0",
        "instructions_digest": "d",
        "rendered_digest": "d",
        "model": "one",
        "litellm_id": "scripted/one",
        "settings": "{}",
        "left_out_at": None,
    }


def _text(id: str, body: str = "") -> Row:
    hashed = "0" * 64
    return {"id": id, "body": body, "salt": "0" * 32, "salted_hash": hashed, "removed_at": None, "removed_by": None}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(*map(int, sys.argv[1:]))) + "\n")
