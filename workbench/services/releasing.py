"""The verb *release*: what leaves the workbench, and how it is marked. Approval is not built yet, so all is draft."""

from collections.abc import Sequence

from workbench.domain.people import Person
from workbench.domain.releases import Card, card_of, file_stem
from workbench.exporters import bundle, registry
from workbench.exporters.bundle import Bundle
from workbench.library.files import Library
from workbench.services.rendering import Rendering
from workbench.settings import Settings
from workbench.store import comparisons
from workbench.store.store import Store


class Releasing:
    """Exports of versions. Bound to one caller."""

    def __init__(
        self, settings: Settings, library: Library, store: Store, rendering: Rendering, person: Person
    ) -> None:
        self._settings, self._library, self._store = settings, library, store
        self._rendering, self._person = rendering, person

    def formats(self) -> tuple[str, ...]:
        """The names of the formats that can be exported."""
        return registry.names()

    def card(self, ref: str) -> Card:
        """Everything that an export says about a version. Raises NotFound, InvalidFile, MissingValue."""
        stored = self._library.load(ref)
        with self._store.reading() as rx:
            models = comparisons.models_tried(rx, stored.ref)
        return card_of(
            stored.version,
            stored.digest,
            self._rendering.text(stored.ref),
            self._rendering.values(),
            locale=self._settings.locale,
            models=models,
        )

    def file_name(self, ref: str) -> str:
        """What the bundle of a version is called: by its public name, never by the internal one."""
        return f"{file_stem(self.card(ref))}.zip"

    def export(self, ref: str, formats: Sequence[str] = ()) -> Bundle:
        """The version as one zip, marked *draft: not approved*, read back and compared before it is handed over.

        Raises:
            NotFound: no such version or format.
            UnsafeForFormat: a format cannot carry the text unchanged; nothing is handed over.
        """
        built = bundle.build(self.card(ref), formats or self.formats())
        bundle.read(built.data)
        with self._store.writing(self._person.id, "a person exported a version as a draft") as tx:
            tx.audit("version exported", ref, after=built.sha256)
        return built
