from __future__ import annotations

from heapq import heapify

from hypothesis import given, strategies as st

from goflow.scheduler.ready import Entry, smallest

ENTRIES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.just("s")), max_size=40)


@given(entries=ENTRIES, count=st.integers(0, 45))
def test_the_smallest_come_in_order_and_the_heap_stays_whole(entries: list[Entry], count: int) -> None:
    heap = list(entries)
    heapify(heap)
    before = list(heap)

    assert smallest(heap, count) == sorted(entries)[:count]
    assert heap == before
