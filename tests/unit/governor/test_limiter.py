from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from goflow.governor import BucketKey, Limiter, LimitSpec, PausedTooLong, Reason, Refused
from goflow.governor.folder import open_shared
from goflow.governor.holders import Process
from goflow.testing import AutojumpClock

KEY = BucketKey(provider="openai", address="https://api.example", model="m", secret="sk-1")
OTHER = BucketKey(provider="openai", address="https://api.example", model="another", secret="sk-1")


class Bench:
    """Limiters of one simulated moment, and what they said."""

    def __init__(self, folder: Path | None) -> None:
        self.clock = AutojumpClock()
        self.folder = folder
        self.warnings: list[str] = []
        self.order: list[str] = []
        self._started_ms = self.clock.now_ms()

    @contextmanager
    def limiter(self, given: LimitSpec | None = None, key: BucketKey = KEY) -> Iterator[Limiter]:
        limiter = Limiter.open(key, given, self.folder, clock=self.clock, warn=self.warnings.append)
        try:
            yield limiter
        finally:
            limiter.close()

    def elapsed_s(self) -> float:
        return (self.clock.now_ms() - self._started_ms) / 1000

    async def call(self, limiter: Limiter, name: str = "", seconds: float = 1.0, rank: float = 0.0) -> float:
        """Make one call; return the seconds it waited."""
        async with limiter.admit(rank=rank, tokens=10) as call:
            self.order.append(name)
            await self.clock.sleep(seconds)
            call.settle(10)
        return call.waited_s

    async def all_of(self, *calls: Awaitable[float]) -> list[float]:
        return list(await asyncio.gather(*calls))


@pytest.fixture(params=["shared", "alone"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return Bench(tmp_path / "limits" if request.param == "shared" else None)


def test_no_more_calls_are_in_flight_than_may_be(bench: Bench) -> None:
    async def run() -> list[float]:
        with bench.limiter(LimitSpec(concurrency=2)) as limiter:
            return await bench.all_of(*(bench.call(limiter) for _ in range(6)))

    waited_s = asyncio.run(run())

    assert sorted(waited_s) == [0, 0, 1, 1, 2, 2]


def test_the_lowest_rank_goes_first_then_who_came_first(bench: Bench) -> None:
    async def run() -> None:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            ranks = {"running": 5, "late": 2, "early": 1, "later": 2, "last": 3}
            await bench.all_of(*(bench.call(limiter, name, rank=rank) for name, rank in ranks.items()))

    asyncio.run(run())

    assert bench.order == ["running", "early", "late", "later", "last"]


def test_a_given_rate_spreads_calls(bench: Bench) -> None:
    async def run() -> None:
        with bench.limiter(LimitSpec(rpm=60)) as limiter:
            await bench.all_of(*(bench.call(limiter, seconds=0) for _ in range(15)))

    asyncio.run(run())

    assert bench.elapsed_s() == pytest.approx(10, abs=0.1)


def test_a_refusal_pauses_for_all_and_says_until_when(bench: Bench) -> None:
    told: list[tuple[float, float | None, Reason]] = []

    async def run() -> float:
        with bench.limiter() as limiter:
            assert limiter.next_free() == 0
            async with limiter.admit() as call:
                call.refused(headers={"retry-after": "30"})
            start = bench.clock.now_ms() / 1000
            assert limiter.next_free() == pytest.approx(30, abs=0.002)
            async with limiter.admit(waiting=lambda *said: told.append(said)) as call:
                assert [(waited_s, round((until or 0) - start, 2), why) for waited_s, until, why in told] == [
                    (0.0, 30.0, Reason.PAUSED)
                ]
                await bench.clock.sleep(1)
            return call.waited_s

    assert asyncio.run(run()) == pytest.approx(30, abs=0.01)


def test_a_call_that_waits_for_an_unknown_time_says_so_after_a_moment(bench: Bench) -> None:
    told: list[tuple[float, float | None, Reason]] = []

    async def second(limiter: Limiter) -> float:
        async with limiter.admit(waiting=lambda *said: told.append(said)) as call:
            return call.waited_s

    async def run() -> list[float]:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            return await bench.all_of(bench.call(limiter, seconds=5), second(limiter))

    assert asyncio.run(run()) == [0, 5]
    assert [(round(waited_s, 3), until, why) for waited_s, until, why in told] == [
        (0.1, None, Reason.CONCURRENCY)
    ]


def test_a_short_wait_says_nothing(bench: Bench) -> None:
    told: list[object] = []

    async def second(limiter: Limiter) -> float:
        async with limiter.admit(waiting=lambda *said: told.append(said)) as call:
            return call.waited_s

    async def run() -> list[float]:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            return await bench.all_of(bench.call(limiter, seconds=0.05), second(limiter))

    assert asyncio.run(run()) == [0, pytest.approx(0.05)]
    assert told == []


def test_a_cancelled_waiter_leaves_the_queue_and_the_timer_to_others(bench: Bench) -> None:
    async def run() -> list[float]:
        with bench.limiter(LimitSpec(rpm=5)) as limiter:
            await bench.all_of(*(bench.call(limiter, seconds=0) for _ in range(5)))
            waiting = [asyncio.create_task(bench.call(limiter, seconds=0)) for _ in range(4)]
            await bench.clock.sleep(1)
            waiting[0].cancel()
            waiting[2].cancel()
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert [isinstance(each, asyncio.CancelledError) for each in done] == [True, False, True, False]
            return [each for each in done if isinstance(each, float)]

    assert asyncio.run(run()) == pytest.approx([12, 24], abs=0.1)


def test_a_call_that_is_granted_and_cancelled_at_once_gives_its_slot_back(bench: Bench) -> None:
    async def run() -> float:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            async with limiter.admit() as call:
                waiting = asyncio.create_task(bench.call(limiter))
                await asyncio.sleep(0)
                call.settle()
                waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return await bench.call(limiter)

    assert asyncio.run(run()) == 0


def test_a_call_that_fails_gives_its_slot_back(bench: Bench) -> None:
    async def failing(limiter: Limiter) -> None:
        async with limiter.admit():
            raise RuntimeError

    async def run() -> float:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            for _ in range(3):
                with pytest.raises(RuntimeError):
                    await failing(limiter)
            return await bench.call(limiter)

    assert asyncio.run(run()) == 0


def test_what_is_said_first_of_a_calls_end_counts(bench: Bench) -> None:
    async def run() -> float:
        with bench.limiter() as limiter:
            async with limiter.admit() as call:
                call.settle()
                call.refused(60.0)
            return limiter.next_free()

    assert asyncio.run(run()) == 0


def test_headers_are_heard(bench: Bench) -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m0s",
    }

    async def run() -> float:
        with bench.limiter() as limiter:
            async with limiter.admit() as call:
                call.settle(headers=headers)
            return await bench.call(limiter)

    assert asyncio.run(run()) == pytest.approx(1, abs=0.01)


def test_a_throttled_bucket_does_not_slow_another(bench: Bench) -> None:
    async def run() -> list[float]:
        with bench.limiter() as throttled, bench.limiter(key=OTHER) as free:
            async with throttled.admit() as call:
                call.refused(30.0, kind=Refused.QUOTA)
            return await bench.all_of(bench.call(throttled), *(bench.call(free) for _ in range(10)))

    waited_s = asyncio.run(run())

    assert waited_s[0] == pytest.approx(30, abs=0.01)
    assert waited_s[1:] == [0] * 10


def test_runs_that_share_a_folder_share_their_limits(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def run() -> None:
        with bench.limiter(LimitSpec(rpm=60)) as first, bench.limiter(LimitSpec(rpm=60)) as second:
            calls = [bench.call(limiter, seconds=0) for limiter in (first, second) for _ in range(10)]
            await bench.all_of(*calls)

    asyncio.run(run())

    assert bench.elapsed_s() == pytest.approx(15, abs=0.2)


def test_slots_that_another_process_frees_are_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with closing(open_shared(tmp_path, KEY)) as other:
        other._process = Process(realm=other._process.realm ^ 1, pid=1, started=1)
        other._record.holders.clear()
        other._mine = other._join()
        now = bench.clock.now_ms() / 1000
        state = other.begin(now)
        assert state is not None
        state.counts.in_flight += 1
        other.end(now)

        async def free() -> float:
            await bench.clock.sleep(2)
            state = other.begin(now + 2)
            assert state is not None
            state.counts.in_flight -= 1
            other.end(now + 2)
            return 0.0

        async def run() -> list[float]:
            with bench.limiter(LimitSpec(concurrency=1)) as limiter:
                return await bench.all_of(bench.call(limiter), free())

        waited_s, _ = asyncio.run(run())

    assert 2 <= waited_s <= 2.6


def unusable_file(folder: Path) -> None:
    folder.write_text("no folder", encoding="utf-8")


def unusable_salt(folder: Path) -> None:
    folder.mkdir()
    (folder / "salt").mkdir()


@pytest.mark.parametrize("spoil", [unusable_file, unusable_salt])
def test_a_folder_that_cannot_be_used_is_told_once_and_done_without(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    bench = Bench(tmp_path / "limits")
    spoil(tmp_path / "limits")

    async def run() -> list[float]:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            return await bench.all_of(*(bench.call(limiter) for _ in range(3)))

    assert asyncio.run(run()) == [0, 1, 2]
    assert len(bench.warnings) == 1
    assert bench.warnings[0].startswith("limits of calls are not shared with other runs: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such device")
def test_a_file_that_can_no_longer_be_written_is_told_once_and_done_without(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def run() -> list[float]:
        with bench.limiter(LimitSpec(concurrency=1)) as limiter:
            shared = limiter._turnstile._store
            full = os.open("/dev/full", os.O_RDWR)
            os.dup2(full, shared._file)  # type: ignore[attr-defined]
            os.close(full)
            return await bench.all_of(*(bench.call(limiter) for _ in range(3)))

    assert asyncio.run(run()) == [0, 1, 2]
    assert len(bench.warnings) == 1


def test_calls_wait_while_another_process_keeps_the_file_to_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    async def run() -> float:
        with closing(open_shared(tmp_path, KEY)) as stopped, bench.limiter() as limiter:
            async with limiter.admit() as call:
                assert stopped.begin(0.0) is not None
                call.settle()
                waiting = asyncio.create_task(bench.call(limiter))
                await asyncio.sleep(0)
                assert limiter._turnstile.wait.reason is Reason.BUSY
                stopped.end(0.0)
            return await waiting

    assert asyncio.run(run()) < 0.2


def test_a_pause_that_is_too_long_turns_away_who_has_no_patience_for_it_and_nobody_else() -> None:
    async def main() -> list[str]:
        clock = AutojumpClock()
        limiter = Limiter.open(KEY, clock=clock)
        seen: list[str] = []

        async def ask(name: str, patience_s: float) -> None:
            try:
                async with limiter.admit(patience_s=patience_s) as call:
                    seen.append(f"{name} after {call.waited_s:.0f}")
                    call.settle()
            except PausedTooLong as error:
                seen.append(f"{name} turned away for {error.wait_s:.0f}")

        async with limiter.admit() as call:
            call.refused(retry_after_s=30)
        await asyncio.gather(ask("quick", 5), ask("slow", 60), ask("late", 5))
        return seen

    seen = asyncio.run(main())
    assert sorted(seen[:2]) == ["late turned away for 30", "quick turned away for 30"]
    assert seen[2].startswith("slow after 30")


def test_who_waits_already_is_turned_away_when_the_pause_begins() -> None:
    async def main() -> str:
        limiter = Limiter.open(KEY, LimitSpec(concurrency=1), clock=AutojumpClock())

        async def ask() -> str:
            try:
                async with limiter.admit(patience_s=5):
                    return "asked"
            except PausedTooLong as error:
                return f"{error.wait_s:.0f}"

        async with limiter.admit() as call:
            asking = asyncio.ensure_future(ask())
            await asyncio.sleep(0)
            call.refused(retry_after_s=20)
            return await asking

    assert asyncio.run(main()) == "20"


@pytest.mark.parametrize(("probes", "said"), [(False, "turned away for 6 hours"), (True, "asked")])
def test_a_limit_that_is_used_up_for_hours_is_a_pause_for_who_has_no_patience_unless_it_is_probed(
    *, probes: bool, said: str
) -> None:
    async def main() -> str:
        limiter = Limiter.open(KEY, clock=AutojumpClock())
        told = {
            "x-ratelimit-limit-requests": "200",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "6h0m0s",
        }
        async with limiter.admit() as call:
            call.settle(headers=told)
        if probes:
            limiter.probe()
        try:
            async with limiter.admit(patience_s=5):
                return "asked"
        except PausedTooLong as error:
            return f"turned away for {error.wait_s / 3600:.0f} hours"

    assert asyncio.run(main()) == said
