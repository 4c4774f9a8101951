"""The shared files of the library: the crisis registry and the worked example."""

from pathlib import Path

from pydantic import Field

from workbench.domain.judgements import Choice, Feeling
from workbench.domain.resources import Registry
from workbench.domain.values import Value
from workbench.library import codec


class ExampleMark(Value):
    """A mark of the worked example; its quote stands once in the answer."""

    quote: str
    label: str
    note: str = ""
    instead: str = ""


class ExampleImpression(Value):
    """What the writer felt about an answer."""

    feeling: Feeling
    reason: str


class ExampleAnswer(Value):
    """A hand-written answer; no model said it."""

    letter: str
    text: str
    marks: tuple[ExampleMark, ...] = ()
    impression: ExampleImpression


class ExampleStep(Value):
    """One step of the story."""

    title: str
    text: str


class ExamplePreference(Value):
    """Which answer was better, and why."""

    choice: Choice
    reason: str


class ExampleEdit(Value):
    """The clause that was changed because of it."""

    clause: str
    before: str
    after: str
    reason: str


class WorkedExample(Value):
    """A shipped session, written for teaching."""

    title: str
    note: str
    steps: tuple[ExampleStep, ...] = Field(min_length=1)
    message: str
    answers: tuple[ExampleAnswer, ...] = Field(min_length=2)
    preference: ExamplePreference
    edit: ExampleEdit


def registry(library: Path) -> Registry:
    """The crisis and support resources; empty when the workspace has none. Raises InvalidFile."""
    path = library / "_resources" / "crisis.yaml"
    return codec.read(Registry, path.read_bytes(), "_resources/crisis.yaml") if path.is_file() else Registry()


def worked_example(library: Path) -> WorkedExample | None:
    """The worked example, if the workspace has it. Raises InvalidFile."""
    path = library / "_examples" / "veiled-remark.yaml"
    return codec.read(WorkedExample, path.read_bytes(), "_examples/veiled-remark.yaml") if path.is_file() else None
