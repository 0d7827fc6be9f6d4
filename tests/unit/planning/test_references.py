from __future__ import annotations

import random

from goflow.planning.graph import levels
from goflow.planning.references import Standing, standings

DIAMOND = {"root": [], "left": ["root"], "right": ["root"], "join": ["left"], "late": ["join"]}


def standing(step: str, target: str, needs: dict[str, list[str]] = DIAMOND) -> Standing:
    return standings({step: [target]}, needs, levels(needs))[step][target]


def test_a_step_in_depends_on_is_direct() -> None:
    assert standing("join", "left") is Standing.DIRECT


def test_a_step_further_up_is_upstream() -> None:
    assert standing("late", "root") is Standing.UPSTREAM


def test_a_step_that_merely_stands_at_a_lower_level_is_told_apart() -> None:
    assert standing("join", "right") is Standing.LOWER_LEVEL


def test_steps_of_the_same_or_a_higher_level_are_not_upstream() -> None:
    assert standing("left", "right") is Standing.NOT_UPSTREAM
    assert standing("left", "late") is Standing.NOT_UPSTREAM


def test_a_step_is_not_upstream_of_itself() -> None:
    assert standing("left", "left") is Standing.NOT_UPSTREAM


def test_a_step_that_does_not_exist_is_unknown() -> None:
    assert standing("left", "nobody") is Standing.UNKNOWN


def test_a_step_in_a_cycle_reads_everything_as_upstream() -> None:
    needs = {"a": ["b"], "b": ["a"], "free": []}

    assert standing("a", "free", needs) is Standing.UPSTREAM
    assert standing("free", "a", needs) is Standing.NOT_UPSTREAM


def test_every_pair_of_a_random_graph_agrees_with_a_plain_search() -> None:
    chance = random.Random(7)
    names = [f"s{i}" for i in range(60)]
    needs = {name: chance.sample(names[:i], min(i, chance.randrange(3))) for i, name in enumerate(names)}
    level_of = levels(needs)

    found = standings(dict.fromkeys(names, names), needs, level_of)

    for step in names:
        above = _ancestors(step, needs)
        for target in names:
            is_upstream = found[step][target] in {Standing.DIRECT, Standing.UPSTREAM}
            assert is_upstream == (target in above)
            if not is_upstream:
                is_lower = level_of[target] < level_of[step]
                assert found[step][target] is (Standing.LOWER_LEVEL if is_lower else Standing.NOT_UPSTREAM)


def test_more_targets_than_one_pass_looks_for_are_all_found() -> None:
    count = 9_000
    chain = {str(i): [str(i - 1)] if i else [] for i in range(count)}
    reads = {str(i): [str(i // 2)] for i in range(2, count)}

    found = standings(reads, chain, levels(chain))

    assert {standing for read in found.values() for standing in read.values()} == {
        Standing.DIRECT,
        Standing.UPSTREAM,
    }


def _ancestors(step: str, needs: dict[str, list[str]]) -> set[str]:
    above: set[str] = set()
    stack = [step]
    while stack:
        new = [need for need in needs[stack.pop()] if need not in above]
        above.update(new)
        stack.extend(new)
    return above
