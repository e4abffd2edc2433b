"""The columns of a list of chargers, and which of them order it."""

from chargers.listing import columns


def keys(*chosen: str, sees_money: bool = True) -> list[str]:
    return [column.key for column in columns.select_by_key(chosen, sees_money=sees_money)]


def test_it_always_has_state_and_station_in_the_usual_order():
    assert keys("tags", "firmware") == ["state", "station", "firmware", "tags"]


def test_it_has_the_usual_columns_where_no_known_one_was_chosen():
    assert keys("nothing") == keys()
    assert "property" in keys()


def test_it_has_no_column_about_money_for_those_who_see_none():
    assert keys("money", "energy", "uptime", sees_money=False) == ["state", "station", "uptime"]


def test_it_is_ordered_by_state_where_the_column_is_unknown_hidden_or_has_no_order():
    for text in ("", "nothing", "-tags", "connectors"):
        assert columns.sort_of(text, sees_money=True)[0].key == "state"
    assert columns.sort_of("-money", sees_money=False) == (columns.BY_KEY["state"], False)


def test_a_minus_descends():
    assert columns.sort_of("-energy", sees_money=True) == (columns.BY_KEY["energy"], True)
