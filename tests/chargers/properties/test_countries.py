"""Countries in their own languages and in English, in an order that people find them in."""

from chargers.properties import countries


def test_every_code_has_a_name_in_both_lists():
    own, english = dict(countries.choices()), dict(countries.english_choices())

    assert own.keys() == english.keys()
    assert all(len(code) == 2 and code.isupper() and own[code] and english[code] for code in own)
    assert len(own) == 250, "all of ISO 3166-1, and Kosovo"


def test_accents_do_not_move_a_country_to_the_end():
    codes = [code for code, _ in countries.choices()]

    assert codes.index("MX") < codes.index("AT") < codes.index("PL"), "Österreich stands under O"
    assert codes.index("AX") < codes.index("BS"), "Åland stands under A"


def test_names_in_other_alphabets_come_last():
    codes = [code for code, _ in countries.choices()]

    assert max(codes.index(code) for code in ("ZW", "AT", "US")) < min(codes.index(code) for code in ("GR", "JP", "UA"))


def test_english_names_are_those_of_forms_and_not_abbreviated():
    english = countries.english()

    assert (english["DE"], english["GR"], english["XK"]) == ("Germany", "Greece", "Kosovë / Kosovo")
    assert (english["GB"], english["KR"], english["CZ"]) == ("United Kingdom", "South Korea", "Czechia")


def test_the_european_union_has_its_27_members():
    assert len(countries.EU) == 27
    assert set(countries.NAMES) > countries.EU
    assert not countries.EU & {"GB", "CH", "NO", "IS"}
