"""The real server with a fake workbench, started by the tests as a process: `guarded_server.py SCRIPT FOLDER`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from workbench.asgi import server
from workbench.asgi.stream import Backend
from workbench.live.progress import Progress
from workbench.security.tokens import StreamTokens

SECRET = bytes(range(32))


class FakeLive:
    """Two words at once, nothing more until the reader leaves; `short` ends by itself, `broken` fails."""

    def __init__(self, folder: Path) -> None:
        self._readers = folder / "readers"

    async def follow(self, comparison_id: str, seen: Mapping[str, int]) -> AsyncIterator[Progress]:
        text = "wörds 🙂 grow"
        with self._readers.open("a") as log:
            log.write("+")
        try:
            yield Progress(states={"g1": "waiting"})
            yield Progress(pieces={"g1": (seen.get("g1", 0), text[seen.get("g1", 0) :])})
            if comparison_id == "broken":
                raise RuntimeError("hunter2")
            while comparison_id != "short":
                await asyncio.sleep(0.01)
                yield Progress()
            yield Progress(ended=True)
        finally:
            with self._readers.open("a") as log:
                log.write("-")


def main(script: Path, folder: Path) -> None:
    def note(word: str) -> None:
        with (folder / "calls").open("a") as log:
            log.write(f"{word}\n")

    backend = Backend(
        live=FakeLive(folder),
        tokens=StreamTokens(SECRET),
        readiness=lambda: "waking",
        clock=lambda: datetime.now(UTC),
        start=lambda: note("start"),
        close=lambda: note("close"),
    )
    server.serve(backend, server.listen(), script=script)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
