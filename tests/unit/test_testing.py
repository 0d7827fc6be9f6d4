from __future__ import annotations

import asyncio

from goflow.testing import AutojumpClock


def test_who_wakes_and_sleeps_again_is_woken_again() -> None:
    clock = AutojumpClock(start_ms=0)

    async def sleep_twice() -> None:
        async with asyncio.timeout(5):
            await clock.sleep(1)
            await clock.sleep(2)

    asyncio.run(sleep_twice())

    assert clock.now_ms() == 3000


def test_who_goes_to_sleep_as_the_last_sleeper_gives_up_is_woken() -> None:
    clock = AutojumpClock(start_ms=0)

    async def sleep_after_another() -> None:
        async with asyncio.timeout(5):
            other = asyncio.create_task(clock.sleep(1))
            await asyncio.sleep(0)
            other.cancel()
            await asyncio.sleep(0)
            await clock.sleep(2)

    asyncio.run(sleep_after_another())

    assert clock.now_ms() == 2000


def test_waits_end_in_the_order_of_their_times() -> None:
    clock = AutojumpClock(start_ms=0)
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async def sleep_all() -> None:
        async with asyncio.TaskGroup() as group:
            for seconds in (3.0, 1.0, 2.0):
                group.create_task(sleep(seconds))

    asyncio.run(sleep_all())

    assert woken == [1.0, 2.0, 3.0]
    assert clock.now_ms() == 3000
