import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from workbench.domain.resources import UNKNOWN_PLACE, Registry, Resource, ResourceKind, resource_text
from workbench.library.shelf import registry, worked_example
from workbench.services.workbench import Workbench

LIBRARY = Path(__file__).parents[2] / "instruction_library"


def entry(kind: ResourceKind = ResourceKind.EMERGENCY, **more: object) -> Resource:
    return Resource.model_validate(
        {"locale": "xx-XX", "kind": kind, "name": "Help", "contact": "1", "source": "nobody"} | more
    )


def test_an_unknown_place_asks_for_the_country_and_names_no_number() -> None:
    assert resource_text(Registry(), "") == UNKNOWN_PLACE
    assert "local emergency number" in UNKNOWN_PLACE
    assert "which country" in UNKNOWN_PLACE
    assert not any(c.isdigit() for c in UNKNOWN_PLACE)


def test_a_known_place_lists_the_emergency_number_first() -> None:
    found = Registry(entries=(entry(ResourceKind.CRISIS_LINE, contact="2"), entry(contact="1")))
    assert resource_text(found, "xx-XX").splitlines() == [
        "- Emergency: Help, 1 (not known)",
        "- Crisis line: Help, 2 (not known)",
    ]


def test_an_entry_is_verified_by_a_name_and_a_date_only() -> None:
    assert not entry(checked_by="Ana").verified
    assert entry(checked_by="Ana", checked_on=dt.date(2026, 11, 1)).verified
    with pytest.raises(ValidationError, match="stands here twice"):
        Registry(entries=(entry(), entry()))


def test_the_shipped_registry_is_unverified_and_says_so() -> None:
    shipped = registry(LIBRARY)
    assert len(shipped.locales()) >= 8
    assert not [e for e in shipped.entries if e.verified]
    for locale in shipped.locales():
        kinds = {e.kind for e in shipped.for_locale(locale)}
        assert {ResourceKind.EMERGENCY, ResourceKind.CRISIS_LINE} <= kinds


def test_instructions_are_filled_with_the_resources_of_the_place(make_workbench: Callable[..., Workbench]) -> None:
    wb = make_workbench()
    assert UNKNOWN_PLACE in wb.authoring.rendered("therapy-mode")
    there = wb.settings.replace(locale="en-GB")
    assert "116 123" in Workbench(there, wb.library, wb.store, wb.live, wb.person).authoring.rendered("therapy-mode")


def test_the_worked_example_can_be_read() -> None:
    example = worked_example(LIBRARY)
    assert example is not None
    assert "no model said this" in example.note
    assert [a.letter for a in example.answers] == ["A", "B"]
