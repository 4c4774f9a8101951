"""From the name of instructions to the text that a model reads here."""

from workbench.domain.instructions import InstructionSet, digest, render
from workbench.domain.resources import resource_text
from workbench.domain.values import Value
from workbench.errors import NotFound
from workbench.library.files import Library
from workbench.library.shelf import registry
from workbench.settings import Settings
from workbench.store import drafts
from workbench.store.store import Store

DRAFT = "draft:"
NONE = ""


class Source(Value):
    """Instructions by name: what they are and the digest of exactly this content."""

    ref: str
    content: InstructionSet
    digest: str

    @property
    def is_draft(self) -> bool:
        """Whether it may still change."""
        return self.ref.startswith(DRAFT)

    @property
    def title(self) -> str:
        """What a person calls it."""
        name = self.content.public_name
        return f"Draft of {name}" if self.is_draft else f"{name} {self.ref.partition('@')[2]}".strip()


class Rendering:
    """Finds instructions by reference and fills their variables for this workspace."""

    def __init__(self, settings: Settings, library: Library, store: Store) -> None:
        self._settings, self._library, self._store = settings, library, store

    def source(self, ref: str) -> Source:
        """The instructions named `slug@1.2.0`, `slug` (newest) or `draft:<id>`; empty means no instructions.

        Raises:
            NotFound, InvalidFile, DigestMismatch.
        """
        if ref == NONE:
            return Source(ref=NONE, content=InstructionSet(slug="none", public_name="No instructions"), digest="")
        if ref.startswith(DRAFT):
            return self._draft(ref)
        stored = self._library.load(ref)
        return Source(ref=stored.ref, content=stored.version.content, digest=stored.digest)

    def values(self) -> dict[str, str]:
        """What variables are filled with here: the workspace's values and the crisis resources of its locale."""
        resources = resource_text(registry(self._settings.library), self._settings.locale)
        return {"crisis_resources": resources, **self._settings.values}

    def text(self, ref: str) -> str:
        """The text that a model reads here. Raises UnknownVariable, MissingValue and what `source` raises."""
        return render(self.source(ref).content, self.values())

    def _draft(self, ref: str) -> Source:
        with self._store.reading() as rx:
            draft = drafts.get(rx, ref.removeprefix(DRAFT))
        return Source(ref=ref, content=draft.content, digest=digest(draft.content.model_dump_json()))


def draft_id(ref: str) -> str:
    """The id in `draft:<id>`. Raises NotFound when it names a version."""
    if not ref.startswith(DRAFT):
        raise NotFound(f"{ref} is a version and cannot be changed. Start a draft from it.")
    return ref.removeprefix(DRAFT)
