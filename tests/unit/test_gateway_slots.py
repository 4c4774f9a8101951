"""Which slot reads which conversation."""

import asyncio

from workbench.gateway.slots import Slots

SET, OTHER = "You listen.", "You listen. You never diagnose."


async def talk(slots: Slots, label: str, *texts: str) -> int:
    slot = await slots.take(label, texts)
    await slots.give_back(slot, texts)
    return slot.number


def test_a_conversation_returns_to_its_slot() -> None:
    async def play() -> None:
        slots = Slots(3)
        first = await talk(slots, "a", SET, "Hello")
        assert await talk(slots, "a", OTHER, "Hello") != first
        assert await talk(slots, "a", SET, "Hello", "Hi", "More") == first

    asyncio.run(play())


def test_two_versions_that_begin_alike_do_not_share_a_slot() -> None:
    async def play() -> None:
        slots = Slots(6)
        assert len({await talk(slots, "a", f"{SET} {n}", "Hello") for n in range(6)}) == 6

    asyncio.run(play())


def test_each_preset_prepares_its_own_slot_and_finds_it_again() -> None:
    async def play() -> None:
        slots = Slots(4)
        numbers = {}
        for label in ("plain", "focused"):
            assert not slots.holds(label, SET)
            slot = slots.take_to_prepare(label, SET)
            assert slot is not None
            numbers[label] = slot.number
            await slots.give_back(slot, (SET,))
            assert slots.holds(label, SET)
        taken = {label: (await slots.take(label, (SET, "Hello"))).number for label in ("focused", "plain")}
        assert taken == numbers
        assert len(set(numbers.values())) == 2

    asyncio.run(play())


def test_who_needs_what_is_being_read_waits_for_it() -> None:
    async def play() -> None:
        slots = Slots(2)
        reading = slots.take_to_prepare("a", SET)
        assert reading is not None
        waiting = asyncio.create_task(slots.take("a", (SET, "Hello")))
        await asyncio.sleep(0)
        assert not waiting.done()
        await slots.give_back(reading, (SET,))
        assert (await waiting).number == reading.number

    asyncio.run(play())


def test_the_seventh_waits_and_preparing_never_takes_from_answers() -> None:
    async def play() -> None:
        slots = Slots(6)
        taken = [await slots.take("a", (f"text {n}",)) for n in range(6)]
        seventh = asyncio.create_task(slots.take("a", ("text 7",)))
        await asyncio.sleep(0)
        assert not seventh.done()
        assert slots.take_to_prepare("a", SET) is None
        await slots.give_back(taken[3], ())
        assert (await seventh).number == 3

    asyncio.run(play())


def test_a_cancelled_wait_takes_nothing() -> None:
    async def play() -> None:
        slots = Slots(1)
        only = await slots.take("a", ("one",))
        waiting = asyncio.create_task(slots.take("a", ("two",)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await slots.give_back(only, ("one",))
        assert (await slots.take("a", ("three",))).number == 0

    asyncio.run(play())
