"""Work that is seen to its end."""

from __future__ import annotations

import asyncio

import pytest

from goflow.tools.waiting import wait_out


async def started(work: asyncio.Future[str], hurried: list[str]) -> asyncio.Task[None]:
    """Return a task that waits for some work already."""
    waiting = asyncio.create_task(wait_out(work, lambda: hurried.append("hurry")))
    await asyncio.sleep(0)
    return waiting


async def cancel(waiting: asyncio.Task[None]) -> None:
    waiting.cancel()
    await asyncio.wait({waiting}, timeout=0)
    assert not waiting.done()


def test_who_is_cancelled_hurries_the_work_each_time_and_ends_after_it() -> None:
    async def watch() -> list[str]:
        hurried: list[str] = []
        work: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting = await started(work, hurried)
        await cancel(waiting)
        await cancel(waiting)
        work.set_result("done")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return hurried

    assert asyncio.run(watch()) == ["hurry", "hurry"]


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_however_the_work_ends_who_waited_goes_on(*, is_cancelled: bool) -> None:
    async def watch() -> bool:
        work: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting = await started(work, [])
        if is_cancelled:
            work.cancel()
        else:
            work.set_exception(ValueError("no"))
        await waiting
        return work.cancelled() or work.exception() is not None

    assert asyncio.run(watch())


def test_a_failure_that_a_cancellation_overtakes_is_not_reported_as_forgotten() -> None:
    forgotten: list[object] = []

    async def watch() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, about: forgotten.append(about))
        work: asyncio.Future[str] = loop.create_future()
        waiting = await started(work, [])
        await cancel(waiting)
        work.set_exception(ValueError("no"))
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(watch())
    assert forgotten == []
