from chargers.commands import splitting

THREE = {"getVariableData": [{"n": 1}, {"n": 2}, {"n": 3}]}


def test_a_command_within_its_limit_goes_out_as_it_is():
    assert splitting.part("GetVariables", THREE, start=0, max_entries=3) is THREE
    assert splitting.part("GetVariables", THREE, start=0, max_entries=None) is THREE
    assert splitting.next_start("GetVariables", THREE, start=0, max_entries=3) is None
    assert splitting.limits("GetVariables", {"getVariableData": [{}]}) == ()
    assert splitting.limits("Reset", THREE) == ()


def test_every_entry_is_in_one_part():
    parts, start = [], 0
    while start is not None:
        parts.append(splitting.part("GetVariables", THREE, start=start, max_entries=2)["getVariableData"])
        start = splitting.next_start("GetVariables", THREE, start=start, max_entries=2)

    assert parts == [[{"n": 1}, {"n": 2}], [{"n": 3}]]


def test_answers_are_joined_and_a_no_is_not_covered_by_a_yes():
    lists = splitting.join_answers({"unknownKey": ["a"]}, {"unknownKey": ["b"], "configurationKey": [{"key": "c"}]})
    assert lists == {"unknownKey": ["a", "b"], "configurationKey": [{"key": "c"}]}
    assert splitting.join_answers({"status": "Rejected"}, {"status": "Accepted"}) == {"status": "Rejected"}
    assert splitting.join_answers({"status": "Accepted"}, {"status": "Rejected"}) == {"status": "Rejected"}
    assert splitting.join_answers(None, {"status": "Accepted"}) == {"status": "Accepted"}
