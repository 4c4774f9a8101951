"""The one object that offers every verb."""

from dataclasses import dataclass, replace
from typing import Self

from workbench.domain.people import Person
from workbench.domain.resources import Registry
from workbench.library.atomic import hold
from workbench.library.files import Library
from workbench.library.shelf import WorkedExample, registry, worked_example
from workbench.live.engine import Live
from workbench.services.annotating import Annotating
from workbench.services.authoring import Authoring
from workbench.services.conversing import Conversing
from workbench.services.releasing import Releasing
from workbench.services.rendering import Rendering
from workbench.settings import Settings
from workbench.store import audit
from workbench.store.store import Store


@dataclass(frozen=True)
class Workbench:
    """A workspace, bound to the person who acts. Close it at the end, or use it in a `with` block."""

    settings: Settings
    library: Library
    store: Store
    live: Live
    person: Person

    def acting_as(self, person: Person) -> "Workbench":
        """The same workspace, bound to another caller."""
        return replace(self, person=person)

    @property
    def authoring(self) -> Authoring:
        """Drafts, clauses, differences, versions."""
        return Authoring(self.library, self.store, self._rendering, self.person)

    @property
    def conversing(self) -> Conversing:
        """One message to every column, side by side."""
        return Conversing(self.settings, self.store, self.live, self._rendering, self.person)

    @property
    def annotating(self) -> Annotating:
        """Marks, impressions, preferences."""
        return Annotating(self.store, self.person)

    @property
    def releasing(self) -> Releasing:
        """Exports; approvals come later."""
        return Releasing(self.settings, self.library, self.store, self._rendering, self.person)

    def resources(self) -> Registry:
        """The crisis and support resources. Raises InvalidFile."""
        return registry(self.settings.library)

    def worked_example(self) -> WorkedExample | None:
        """The shipped worked example. Raises InvalidFile."""
        return worked_example(self.settings.library)

    def other_app_is_open(self) -> bool:
        """Whether another app holds this workspace; the first one to ask holds it until its process ends."""
        return not hold(self.settings.private / "app.lock")

    def broken_audit(self) -> list[int]:
        """The numbers of audit rows that are not as they were written; empty when the chain is whole."""
        with self.store.reading() as rx:
            return audit.verify(rx)

    def close(self) -> None:
        """Keep running answers as interrupted, end the model processes, give up the database."""
        self.live.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _rendering(self) -> Rendering:
        return Rendering(self.settings, self.library, self.store)
