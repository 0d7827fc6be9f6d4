from __future__ import annotations

from goflow.planning.graph import find_cycles, levels

MANY = 100_000


def test_a_level_is_the_longest_distance_from_a_root() -> None:
    needs = {"d": ["b", "a"], "a": [], "b": ["a"], "c": ["a"]}

    assert levels(needs) == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_every_step_comes_after_those_it_needs() -> None:
    assert list(levels({"c": ["b"], "b": ["a"], "a": []})) == ["a", "b", "c"]


def test_repeated_and_unknown_needs_change_no_level() -> None:
    assert levels({"a": ["nobody"], "b": ["a", "a"]}) == {"a": 0, "b": 1}


def test_steps_on_a_cycle_or_after_one_have_no_level() -> None:
    assert levels({"root": [], "a": ["b", "root"], "b": ["a"], "after": ["b"]}) == {"root": 0}


def test_a_chain_of_a_hundred_thousand_steps_has_as_many_levels() -> None:
    chain = {str(i): [str(i - 1)] if i else [] for i in range(MANY)}

    assert levels(chain)[str(MANY - 1)] == MANY - 1
    assert find_cycles(chain) == ()


def test_a_cycle_begins_with_its_first_step_in_the_file_and_follows_the_flow() -> None:
    needs = {"root": [], "b": ["a", "root"], "a": ["c"], "c": ["b"]}

    assert find_cycles(needs) == (("b", "c", "a", "b"),)


def test_two_steps_that_need_each_other_are_a_cycle() -> None:
    assert find_cycles({"step-a": ["step-b"], "step-b": ["step-a"]}) == (("step-a", "step-b", "step-a"),)


def test_a_step_that_needs_itself_is_a_cycle() -> None:
    assert find_cycles({"a": ["a"]}) == (("a", "a"),)


def test_the_steps_that_lead_to_a_cycle_or_follow_it_are_not_part_of_it() -> None:
    assert find_cycles({"after": ["y"], "x": ["y", "root"], "y": ["x"], "root": []}) == (("x", "y", "x"),)


def test_needs_that_are_no_steps_are_no_part_of_a_cycle() -> None:
    assert find_cycles({"a": ["nobody", "b"], "b": ["nobody", "a"]}) == (("a", "b", "a"),)


def test_cycles_that_share_no_step_are_all_found() -> None:
    needs = {"a": ["b"], "b": ["a"], "free": [], "c": ["d", "free"], "d": ["c"], "after": ["a", "d"]}

    assert find_cycles(needs) == (("a", "b", "a"), ("c", "d", "c"))


def test_a_cycle_of_a_hundred_thousand_steps_is_found() -> None:
    ring = {str(i): [str((i - 1) % MANY)] for i in range(MANY)}

    assert find_cycles(ring) == ((*map(str, range(MANY)), "0"),)
