"""What works here and what does not: the doctor's questions."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator

from workbench.domain.conversations import Message, Outcome, Request
from workbench.domain.values import Value
from workbench.services.workbench import Workbench
from workbench.store.ids import new_id

ENOUGH_BYTES = 200_000_000


class Check(Value):
    """One question with its answer in a sentence."""

    what: str
    ok: bool
    sentence: str


def examine(workbench: Workbench) -> tuple[Check, ...]:
    """Every check, the quick ones first; the last asks the embedded model for a word."""
    return tuple(check for ask in _QUESTIONS for check in ask(workbench))


def _python(_: Workbench) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check(what="Python", ok=sys.version_info >= (3, 11), sentence=f"{version}, SQLite {sqlite3.sqlite_version}.")


def _disk(workbench: Workbench) -> Iterator[Check]:
    free = shutil.disk_usage(workbench.settings.root).free
    yield Check(what="Disk", ok=free > ENOUGH_BYTES, sentence=f"{free / 1e9:.1f} GB are free.")


def _library(workbench: Workbench) -> Iterator[Check]:
    problems = workbench.authoring.verify()
    sentence = " ".join(p.sentence for p in problems) or "Every version file is as it was saved."
    yield Check(what="Library", ok=not problems, sentence=sentence)


def _database(workbench: Workbench) -> Iterator[Check]:
    broken = workbench.broken_audit()
    sentence = f"The audit chain is broken at {broken[:5]}." if broken else "The audit chain is whole."
    yield Check(what="Database", ok=not broken, sentence=sentence)


def _resources(workbench: Workbench) -> Iterator[Check]:
    locale, registry = workbench.settings.locale, workbench.resources()
    known = not locale or bool(registry.for_locale(locale))
    told = f"{locale} is known." if locale else "No locale is set, so instructions ask which country the person is in."
    yield Check(what="Crisis resources", ok=known, sentence=told if known else f"There is no entry for {locale}.")


def _keys(workbench: Workbench) -> Iterator[Check]:
    present = workbench.live.keys_present()
    missing = sorted(name for name, there in present.items() if not there)
    sentence = f"Missing: {', '.join(missing)}." if missing else "Every key that is asked for is present."
    yield Check(what="Keys", ok=not missing, sentence=sentence)


def _embedded(workbench: Workbench) -> Iterator[Check]:
    model = next((m for m in workbench.settings.models if m.litellm_id.startswith("embedded/")), None)
    if model is None:
        return
    short = model.replace(settings={**model.settings, "max_tokens": 8})
    hello = Message(role="user", content="Say hello.")
    end = workbench.live.complete(Request(id=new_id(), model=short, messages=(hello,))).end
    answered = end.outcome in (Outcome.COMPLETE, Outcome.TRUNCATED)
    seconds = end.usage.seconds_to_first_token
    said = (
        f"It answers; first word after {seconds:.1f} s." if answered and seconds is not None else end.outcome.sentence
    )
    yield Check(what="Embedded model", ok=answered, sentence=said)


_QUESTIONS: tuple[Callable[[Workbench], Iterator[Check]], ...] = (
    _python,
    _disk,
    _library,
    _database,
    _resources,
    _keys,
    _embedded,
)
