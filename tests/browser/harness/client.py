"""How tests start the little app and speak with it."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class Harness:
    """The running app; each case is a conversation or clause of its own."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"

    def url(self, case: str) -> str:
        """The page of a case."""
        return f"{self.base}/?case={case}"

    def tell(self, case: str, **asked: Any) -> Json:
        """Set `data`, `saves`, `deaf`, `push` messages (after `afresh`), `drop` connections, `refuse` tokens."""
        body = json.dumps(asked).encode() if asked else None
        with urllib.request.urlopen(urllib.request.Request(f"{self.base}/control/{case}", data=body)) as answer:
            return dict(json.load(answer))

    def wait(self, case: str, holds: Callable[[Json], bool], seconds: float = 10) -> Json:
        """The case, once something holds in it."""
        deadline = time.monotonic() + seconds
        while not holds(now := self.tell(case)):
            assert time.monotonic() < deadline, f"never happened; the last of it: {now}"
            time.sleep(0.02)
        return now

    def heard(self, case: str, kind: str, count: int = 1) -> list[Json]:
        """The events of a kind, as soon as there are that many."""
        now = self.wait(case, lambda now: sum(event["kind"] == kind for event in now["events"]) >= count)
        return [event for event in now["events"] if event["kind"] == kind]


@contextmanager
def serving() -> Iterator[Harness]:
    """The app, in a process of its own, as long as the block lasts."""
    script = Path(__file__).with_name("serve.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Harness(int(process.stdout.readline()))
        finally:
            process.terminate()
