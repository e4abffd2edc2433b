"""What a change of prices would have made of many sessions: sums, the most changed, and what was left out."""

from billing.engine.checks.comparison import SHOWN, Comparison


def compared(*changes: tuple[str, int, int]) -> Comparison:
    comparison = Comparison()
    for key, before, after in changes:
        comparison.add(key, before=(before, before - 10), after=(after, after - 10))
    return comparison


def test_its_sums_are_those_of_its_sessions():
    said = compared(("a", 100, 150), ("b", 200, 180), ("c", 300, 300)).as_json()

    assert (said["sessions"], said["before_minor"], said["after_minor"]) == (3, 600, 630)
    assert (said["difference_minor"], said["less_minor"]) == (30, -30)
    assert (said["before_net_minor"], said["after_net_minor"]) == (570, 600)
    assert (said["dearer"], said["cheaper"], said["unchanged"]) == (1, 1, 1)


def test_the_most_changed_come_first_in_either_direction_and_unchanged_ones_never():
    said = compared(("a", 100, 150), ("b", 200, 100), ("c", 300, 300)).as_json()

    assert said["most_changed"] == [
        {"session": "b", "before_minor": 200, "after_minor": 100},
        {"session": "a", "before_minor": 100, "after_minor": 150},
    ]


def test_it_keeps_the_largest_changes_however_many_come_and_in_whatever_order():
    changes = [(f"{number:03}", 0, number) for number in range(1, 200)]

    forth, back = compared(*changes), compared(*changes[::-1])

    assert [change.difference_minor for change in forth.most_changed] == list(range(199, 199 - SHOWN, -1))
    assert forth.most_changed == back.most_changed


def test_what_cannot_be_priced_again_is_counted_by_its_cause_and_summed_apart():
    comparison = compared(("a", 100, 100))
    for why, billed in (("no meter", 70), ("a plan", 30), ("no meter", 5)):
        comparison.leave_out(why, billed_minor=billed)

    said = comparison.as_json()

    assert said["left_out"] == [{"why": "a plan", "sessions": 1}, {"why": "no meter", "sessions": 2}]
    assert (said["left_out_minor"], said["before_minor"], said["sessions"]) == (105, 100, 1)


def test_nothing_compared_is_no_error():
    assert Comparison().as_json()["most_changed"] == []
