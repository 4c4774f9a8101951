"""Crisis and support resources by locale, from a dated registry, never from a model's memory."""

import datetime as dt
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from workbench.domain.values import Value

UNKNOWN_PLACE = (
    "The country is not known. Ask which country the person is in. Until you know, say: "
    "call your local emergency number, or go to the nearest emergency department."
)


class ResourceKind(StrEnum):
    """What a resource is for. An emergency number is not a crisis line."""

    EMERGENCY = "emergency"
    CRISIS_LINE = "crisis_line"
    TEXT = "text"
    CHILD = "child"
    DOMESTIC_ABUSE = "domestic_abuse"
    POISON = "poison"

    @property
    def label(self) -> str:
        """In the words of the page."""
        return self.value.replace("_", " ").capitalize()


class Resource(Value):
    """One number or address. `checked_by` and `checked_on` stay empty until a person has confirmed it."""

    locale: str
    kind: ResourceKind
    name: str
    contact: str
    hours: str = "not known"
    languages: tuple[str, ...] = ()
    deaf_access: str = "not known"
    source: str
    checked_by: str | None = None
    checked_on: dt.date | None = None

    @property
    def verified(self) -> bool:
        """Whether a person has confirmed it, with a date."""
        return bool(self.checked_by and self.checked_on)


class Registry(Value):
    """All known resources."""

    note: str = ""
    entries: tuple[Resource, ...] = ()

    @model_validator(mode="after")
    def _no_entry_twice(self) -> Self:
        keys = [(e.locale, e.kind, e.name) for e in self.entries]
        if len(keys) != len(set(keys)):
            raise ValueError("an entry stands here twice")
        return self

    def locales(self) -> tuple[str, ...]:
        """Every locale with an entry, sorted."""
        return tuple(sorted({e.locale for e in self.entries}))

    def for_locale(self, locale: str) -> tuple[Resource, ...]:
        """The entries of one locale, in the order of the kinds."""
        order = list(ResourceKind)
        return tuple(sorted((e for e in self.entries if e.locale == locale), key=lambda e: order.index(e.kind)))


def resource_text(registry: Registry, locale: str) -> str:
    """What fills `{{ crisis_resources }}`: one line an entry, or the text for a place that is not known."""
    entries = registry.for_locale(locale)
    if not entries:
        return UNKNOWN_PLACE
    return "\n".join(f"- {e.kind.label}: {e.name}, {e.contact} ({e.hours})" for e in entries)
