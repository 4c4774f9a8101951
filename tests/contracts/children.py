"""What other processes do in these tests: `python -m tests.contracts.children TASK DATABASE …`."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from workbench.store import drafts, texts
from workbench.store.store import Store

ROOT = Path(__file__).parents[2]


def child(task: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a task in a process of its own; it ends when its task does."""
    command, pipe = [sys.executable, "-m", "tests.contracts.children", task, *arguments], subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def finished(process: "subprocess.Popen[str]") -> str:
    """What it printed, after it ended well."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def opened(database: str) -> Store:
    return Store.open(database, lambda: dt.datetime.now(dt.UTC))


def say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def edit(database: str, draft_id: str, times: str) -> None:
    """Add 1 to the number in a draft, so many times, starting again whenever somebody else was faster."""
    store, done, conflicts = opened(database), 0, 0
    while done < int(times):
        with store.reading() as rx:
            draft = drafts.get(rx, draft_id)
        content = draft.content.replace(purpose=str(int(draft.content.purpose) + 1))
        try:
            with store.writing(f"process {os.getpid()}", "an edit") as tx:
                drafts.save(tx, draft, content)
                tx.audit("saved", f"draft:{draft_id}", draft.content.purpose, content.purpose)
            done += 1
        except drafts.Stale:
            conflicts += 1
    store.close()
    say(f"{conflicts}\n")


def start(database: str) -> None:
    """Open a database that may not be there yet, at the time when the others do."""
    say("ready\n")
    sys.stdin.read()
    opened(database).close()


def kills(database: str, times: str) -> None:
    """Commit in a process that is killed, over and over; print every text id that was acknowledged."""
    opened(database).close()
    for number in range(int(times)):
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            _commit_for_ever(database, write)
        os.close(write)
        _kill_after(pid, read, random.Random(number))


def _commit_for_ever(database: str, acknowledge: int) -> None:
    store = opened(database)
    while True:
        with store.writing("ana", "until the end") as tx:
            text_id = texts.add(tx, "words " * random.randint(1, 400))
            tx.audit("added", f"text:{text_id}", after=texts.hashed(tx, text_id))
        os.write(acknowledge, f"{text_id}\n".encode())


def _kill_after(pid: int, read: int, chance: random.Random) -> None:
    with os.fdopen(read) as acknowledged:
        lines = [acknowledged.readline() for _ in range(chance.randint(1, 20))]
        time.sleep(chance.uniform(0, 0.01))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        lines += acknowledged
    say("".join(line for line in lines if line.endswith("\n")))


if __name__ == "__main__":
    tasks: dict[str, Callable[..., None]] = {"edit": edit, "start": start, "kills": kills}
    tasks[sys.argv[1]](*sys.argv[2:])
