"""One event loop in a daemon thread owns every running answer of this process.

Texts grow in memory; the database gets them every half second, so that a killed process loses at most that; the end
of an answer is committed before anybody is told that it ended.
"""

import asyncio
import concurrent.futures
import contextlib
import datetime as dt
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from workbench.domain.conversations import Completion, Delta, End, ModelSpec, Outcome, Request, Retrying, Usage
from workbench.errors import StorageFull, StorageUnavailable
from workbench.gateway import Gateway, Readiness
from workbench.live.progress import Progress
from workbench.store import generations
from workbench.store.store import Store, Unaudited

FLUSH_SECONDS = 0.5
LOOK_SECONDS = 0.04
LOOK_ELSEWHERE_SECONDS = 0.4
UNWATCHED = dt.timedelta(seconds=60)
KEEP_ENDED = dt.timedelta(seconds=120)
ACTOR = "workbench"

NOT_NOW = (StorageFull, StorageUnavailable)
"""What keeps a text out of the database for a while, and must not end the answer."""

WAKING = "the models are waking"
READING = "reading the instructions"
WAITING = "waiting for the first word"

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """An answer to run: the row that holds it and the call to make."""

    generation_id: str
    comparison_id: str
    request: Request


@dataclass
class Running:
    """An answer of this process, as its readers see it."""

    job: Job
    began: dt.datetime
    parts: list[str] = field(default_factory=list)
    state: str = WAITING
    ended_at: dt.datetime | None = None
    streaming: bool = True
    stopped_because: str = "Stopped by a person."
    task: asyncio.Task[None] | None = None

    @property
    def text(self) -> str:
        """All of it so far."""
        if len(self.parts) > 1:
            self.parts[:] = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""


class Live:
    """Starts, follows and stops running answers. Every public method may be called from any thread."""

    def __init__(self, store: Store, gateway: Gateway, owner: str) -> None:
        self._store = store
        self._gateway = gateway
        self._owner = owner
        self._running: dict[str, Running] = {}
        self._readers: dict[str, int] = {}
        self._last_read: dict[str, dt.datetime] = {}
        self._preparing: set[str] = set()
        self._closing = False
        self._flusher: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # -- what services call

    @property
    def owner(self) -> str:
        """This process, as generation rows name it."""
        return self._owner

    def wake(self) -> None:
        """Start the model processes in the background."""
        self._submit(self._gateway.start())

    def readiness(self) -> Readiness:
        """Whether models answer at once."""
        return self._gateway.readiness()

    def begin(self, jobs: Sequence[Job]) -> None:
        """Run answers whose rows are committed."""
        now = self._store.clock()
        for job in jobs:
            self._running[job.generation_id] = Running(job, now)
            self._last_read[job.comparison_id] = now
        self._submit(self._begin([job.generation_id for job in jobs])).result()

    def stop(self, comparison_id: str) -> None:
        """Stop every running answer of a comparison, in whichever process it runs; what was written is kept."""
        with self._store.writing(ACTOR, Unaudited.WRITE_BEHIND) as tx:
            generations.request_stop(tx, comparison_id)
        for running in self._of(comparison_id):
            self._cancel(running)

    def prepare(self, model: ModelSpec, system: str) -> None:
        """Let the embedded model read instructions before they are needed."""
        if model.is_embedded and system:
            self._submit(self._prepare(model, system))

    def complete(self, request: Request) -> Completion:
        """One whole answer that is not kept: the *try it* button."""
        return self._submit(self._gateway.complete(request)).result()

    def keys_present(self) -> Mapping[str, bool]:
        """Which configured keys have a value; never the values."""
        return self._submit(self._gateway.keys_present()).result()

    def wait(self, comparison_id: str, seen: Callable[[Progress], None] = lambda _: None) -> None:
        """Read along until every running answer of the comparison has ended."""
        self._submit(self._read_along(comparison_id, seen)).result()

    def recover(self) -> int:
        """End the answers of processes that are gone; returns how many."""
        with self._store.reading() as rx:
            lost = generations.abandoned(rx, self._store.clock())
        for generation in lost:
            if generation.id not in self._running:
                with self._store.writing(ACTOR, Unaudited.WRITE_BEHIND) as tx:
                    generations.end(tx, generation.id, generation.partial, generations.interrupted())
        return len(lost)

    def forget_ended(self) -> None:
        """Drop the texts of ended answers from memory, after words were removed."""
        for key in [key for key, running in list(self._running.items()) if running.ended_at]:
            self._running.pop(key, None)

    def close(self) -> None:
        """Stop what runs, keep it as interrupted, end the model processes and the loop."""
        if self._loop is None or self._thread is None:
            return
        self._submit(self._close()).result(timeout=20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()
        self._loop = None

    # -- what readers call, in their own loop

    async def follow(self, comparison_id: str, seen: Mapping[str, int]) -> AsyncIterator[Progress]:
        """What is new since `seen` (generation id to code points already shown), until everything has ended."""
        offsets = dict(seen)
        with self._reading(comparison_id):
            while True:
                mine = self._of(comparison_id)
                ended = all(running.ended_at for running in mine)  # read before the text: none may come after it
                texts = {running.job.generation_id: running.text for running in mine}
                states = {r.job.generation_id: self._state(r) for r in mine if not r.ended_at and not r.parts}
                if not mine:
                    texts, ended = await asyncio.to_thread(self._elsewhere, comparison_id)
                pieces = {key: (offsets.get(key, 0), text[offsets.get(key, 0) :]) for key, text in texts.items()}
                yield Progress(pieces={k: p for k, p in pieces.items() if p[1]}, states=states, ended=ended)
                if ended:
                    return
                offsets |= {key: len(text) for key, text in texts.items()}
                await asyncio.sleep(LOOK_SECONDS if mine else LOOK_ELSEWHERE_SECONDS)

    def _elsewhere(self, comparison_id: str) -> tuple[dict[str, str], bool]:
        """Another process's answers, followed from the database; its owner learns that they are watched."""
        self.recover()
        with self._store.reading() as rx:
            found = generations.running(rx, comparison_id)
        if found:
            with self._store.writing(ACTOR, Unaudited.PRESENCE) as tx:
                generations.watched(tx, comparison_id)
        return {g.id: g.partial for g in found}, not found

    @contextlib.contextmanager
    def _reading(self, comparison_id: str) -> Iterator[None]:
        with self._lock:
            self._readers[comparison_id] = self._readers.get(comparison_id, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._readers[comparison_id] -= 1
                self._last_read[comparison_id] = self._store.clock()

    def _of(self, comparison_id: str) -> list[Running]:
        return [r for r in list(self._running.values()) if r.job.comparison_id == comparison_id]

    def _state(self, running: Running) -> str:
        if running.state == WAITING and running.job.request.model.is_embedded:
            if self._gateway.readiness() is Readiness.WAKING:
                return WAKING
            if self._preparing:
                return READING
        return running.state

    # -- inside the loop

    async def _begin(self, generation_ids: list[str]) -> None:
        for generation_id in generation_ids:
            running = self._running[generation_id]
            running.task = asyncio.create_task(self._run(running))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_while_running())

    async def _run(self, running: Running) -> None:
        try:
            end = await self._stream(running)
        except asyncio.CancelledError:
            end = self._stopped(running)
        running.streaming = False
        await self._keep(running, end)
        running.ended_at = self._store.clock()

    async def _stream(self, running: Running) -> End:
        async with contextlib.aclosing(self._gateway.stream(running.job.request)) as events:  # type: ignore[type-var] # a generator
            async for event in events:
                match event:
                    case Delta():
                        running.parts.append(event.text)
                    case Retrying():
                        running.state = f"{event.outcome.sentence} Trying again in {event.wait_seconds:.0f} s."
                    case End():
                        return event
        raise RuntimeError("a call ended without an End")

    def _stopped(self, running: Running) -> End:
        if self._closing:
            return generations.interrupted()
        seconds = (self._store.clock() - running.began).total_seconds()
        return End(outcome=Outcome.STOPPED, detail=running.stopped_because, usage=Usage(seconds=seconds))

    async def _keep(self, running: Running, end: End) -> None:
        """Commit the end; while the disk is full or the database busy, keep it in memory and try again."""
        while True:
            try:
                return await asyncio.to_thread(self._commit, running, end)
            except NOT_NOW as error:
                running.state = str(error)
                await asyncio.sleep(2)

    def _commit(self, running: Running, end: End) -> None:
        with self._store.writing(ACTOR, Unaudited.WRITE_BEHIND) as tx:
            generations.end(tx, running.job.generation_id, running.text, end)

    async def _flush_while_running(self) -> None:
        while active := [r for r in self._running.values() if r.ended_at is None]:
            await asyncio.sleep(FLUSH_SECONDS)
            with contextlib.suppress(*NOT_NOW):  # the texts stay in memory; the next flush tries again
                self._obey(await asyncio.to_thread(self._flush, {r.job.generation_id: r.text for r in active}))
            self._forget_old()

    def _flush(self, partials: Mapping[str, str]) -> dict[str, generations.Progress]:
        with self._store.writing(ACTOR, Unaudited.WRITE_BEHIND) as tx:
            return generations.write_behind(tx, partials)

    def _obey(self, asked: Mapping[str, generations.Progress]) -> None:
        now = self._store.clock()
        for generation_id, progress in asked.items():
            running = self._running.get(generation_id)
            if running is None:  # it ended, and its words were removed meanwhile
                continue
            comparison_id = running.job.comparison_id
            last = max(progress.watched_at, self._last_read.get(comparison_id, running.began))
            unread = not self._readers.get(comparison_id) and now - last > UNWATCHED
            if running.ended_at is None and (progress.stop_requested or unread):
                running.stopped_because = "Nobody was reading any more." if unread else running.stopped_because
                self._cancel(running)

    def _forget_old(self) -> None:
        oldest = self._store.clock() - KEEP_ENDED
        for key, running in list(self._running.items()):
            if running.ended_at and running.ended_at < oldest:
                del self._running[key]

    def _cancel(self, running: Running) -> None:
        if self._loop and running.task and running.streaming:
            self._loop.call_soon_threadsafe(running.task.cancel)

    async def _prepare(self, model: ModelSpec, system: str) -> None:
        key = f"{model.name}:{hash(system)}"
        self._preparing.add(key)
        try:
            await self._gateway.prepare(model, system)
        finally:
            self._preparing.discard(key)

    async def _read_along(self, comparison_id: str, seen: Callable[[Progress], None]) -> None:
        async for progress in self.follow(comparison_id, {}):
            seen(progress)

    async def _close(self) -> None:
        self._closing = True
        for running in self._running.values():
            self._cancel(running)
        tasks = [r.task for r in self._running.values() if r.task]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._gateway.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # -- the thread

    def _submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._started())

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="live", daemon=True)
                self._thread.start()
            return self._loop
