from __future__ import annotations

import asyncio
import threading

from goflow.runner.jumping_clock import JumpingClock


def test_waits_end_in_the_order_of_their_times_and_take_none() -> None:
    clock = JumpingClock(start_ms=0)
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async def sleep_all() -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            for seconds in (3000.0, 1000.0, 2000.0):
                group.create_task(sleep(seconds))

    asyncio.run(sleep_all())

    assert woken == [1000.0, 2000.0, 3000.0]
    assert clock.now_ms() == 3_000_000


def test_who_wakes_and_sleeps_again_is_woken_again() -> None:
    clock = JumpingClock(start_ms=0)

    async def sleep_twice() -> None:
        async with asyncio.timeout(5):
            await clock.sleep(1)
            await clock.sleep(2)

    asyncio.run(sleep_twice())

    assert clock.now_ms() == 3000


def test_who_goes_to_sleep_as_the_last_sleeper_gives_up_is_woken() -> None:
    clock = JumpingClock(start_ms=0)

    async def sleep_after_another() -> None:
        async with asyncio.timeout(5):
            other = asyncio.create_task(clock.sleep(1))
            await asyncio.sleep(0)
            other.cancel()
            await asyncio.sleep(0)
            await clock.sleep(2)

    asyncio.run(sleep_after_another())

    assert clock.now_ms() == 2000


def test_a_wait_ends_with_its_event_and_no_time_passes() -> None:
    clock = JumpingClock(start_ms=0)

    async def wait() -> None:
        async with asyncio.timeout(5):
            event = asyncio.Event()
            setting = asyncio.create_task(set_soon(event))
            await clock.wait(event, until_ms=60_000)
            await setting

    async def set_soon(event: asyncio.Event) -> None:
        await asyncio.sleep(0)
        event.set()

    asyncio.run(wait())

    assert clock.now_ms() == 0


def test_a_wait_without_an_end_is_for_its_event_alone() -> None:
    clock = JumpingClock(start_ms=0)

    async def wait() -> None:
        async with asyncio.timeout(5):
            event = asyncio.Event()
            asyncio.get_running_loop().call_soon(event.set)
            await clock.wait(event, until_ms=None)

    asyncio.run(wait())

    assert clock.now_ms() == 0


def test_a_wait_for_nothing_ends_when_its_time_has_come() -> None:
    clock = JumpingClock(start_ms=0)

    async def wait() -> None:
        async with asyncio.timeout(5):
            await clock.wait(asyncio.Event(), until_ms=60_000)

    asyncio.run(wait())

    assert clock.now_ms() == 60_000


def test_the_clock_stands_still_while_a_thread_works() -> None:
    clock = JumpingClock(start_ms=0)
    may_end = threading.Event()
    seen: list[int] = []

    async def work() -> None:
        with clock.held():
            await asyncio.to_thread(may_end.wait, 5)
            seen.append(clock.now_ms())

    async def race() -> None:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            group.create_task(work())
            group.create_task(clock.sleep(30))
            for _ in range(500):  # many more turns than make the clock jump
                await asyncio.sleep(0)
            may_end.set()

    asyncio.run(race())

    assert seen == [0]
    assert clock.now_ms() == 30_000
