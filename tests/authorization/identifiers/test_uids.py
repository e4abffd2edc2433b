import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorization.identifiers import uids

HEX_BYTES = st.lists(st.integers(0, 255), min_size=4, max_size=10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2069C021", "2069C021"),
        ("20:69:C0:21", "2069C021"),
        ("2069c021", "2069C021"),
        ("20 69 C0 21", "2069C021"),
        ("20-69-c0-21", "2069C021"),
        ("0x2069c021", "2069C021"),
        ("0x20 0x69 0xC0 0x21", "2069C021"),
        ("  2069C021\n", "2069C021"),
        ("2069 C021", "2069C021"),
        ("GOODCARD", "GOODCARD"),
        ("GoodCard", "GOODCARD"),
        ("NL-TNM-C12345678-X", "NL-TNM-C12345678-X"),
        ("DE-ABC-CAFE1234-5", "DE-ABC-CAFE1234-5"),
        ("DE*8AA*C1*3", "DE*8AA*C1*3"),
        ("VID:aa:bb:cc:dd:ee:ff", "VID:AABBCCDDEEFF"),
        ("vid:AABBCCDDEEFF", "VID:AABBCCDDEEFF"),
        ("ABC", "ABC"),
        ("a" * 36, "A" * 36),
    ],
)
def test_it_gives_every_notation_one_spelling(text, expected):
    assert uids.canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("04A1\x00B2", "Character 5 is NUL"),
        ("04A1\x07B2", "U+0007"),
        ("04A1\u200bB2", "U+200B"),
        ("О4A1B2", "cyrillic capital letter o"),
        ("A" * 60, "at most 36 characters; this one has 60"),
    ],
)
def test_it_says_in_words_why_a_text_is_no_uid(text, words):
    with pytest.raises(uids.UidError, match=words.replace("+", r"\+")):
        uids.canonical(text)
    assert uids.from_wire(text) is None


@pytest.mark.parametrize(
    ("text", "character"), [("ZZ ZZ !!", " "), ("ABC!", "!"), ("CARD#7", "#"), ("A/B", "/"), ("5%", "%"), ("a&b", "&")]
)
def test_it_refuses_as_a_token_what_ocpp_has_no_character_for(text, character):
    sentence = f"has only letters, digits and * - _ = : + | @ . – this one has “{character}”"

    for entered in (uids.of_card, uids.of_token):
        with pytest.raises(uids.UidError) as raised:
            entered(text)
        assert sentence in str(raised.value)
    assert uids.from_wire(text) == text.upper(), "what a charger sends is read all the same"


@pytest.mark.parametrize(
    "text",
    [
        "20:69:C0:21",
        "20 69 C0 21",
        "NL-TNM-C12345678-X",
        "DE*8AA*C1*3",
        "app_user=7+8",
        "kim@example.com",
        "A|B",
        "1.2:x",
    ],
)
def test_it_takes_emaids_and_app_tokens(text):
    assert uids.of_card(text) == uids.canonical(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04a1b2c3", ("04A1B2C3", "04:A1:B2:C3", "04-A1-B2-C3", "04 A1 B2 C3")),
        ("04:A1:B2:C3", ("04A1B2C3", "04:A1:B2:C3", "04-A1-B2-C3", "04 A1 B2 C3")),
        ("NL-TNM-C1-X", ("NL-TNM-C1-X",)),
        ("\x07", ()),
    ],
)
def test_it_knows_how_else_a_number_is_written(text, expected):
    assert uids.spellings(text) == expected


def test_it_counts_the_length_without_separators():
    sixteen_bytes = ":".join(["A1"] * 16)
    assert uids.canonical(sixteen_bytes) == "A1" * 16


@given(st.text(min_size=1, max_size=40))
def test_it_never_changes_a_canonical_form_again(text):
    found = uids.from_wire(text)
    if found is not None:
        assert uids.canonical(found) == found
        assert len(found) <= uids.MAX_LENGTH
        assert found.isprintable()
        assert found == found.upper()


@given(HEX_BYTES, st.sampled_from(["", ":", " ", "-", "."]), st.booleans(), st.booleans())
def test_it_ignores_how_bytes_are_written(octets, separator, lower, prefixed):
    plain = "".join(f"{octet:02X}" for octet in octets)
    written = separator.join(f"{octet:02x}" if lower else f"{octet:02X}" for octet in octets)

    assert uids.canonical(("0x" if prefixed else "") + written) == plain


@given(HEX_BYTES)
def test_it_reverses_bytes_back_and_forth(octets):
    plain = "".join(f"{octet:02X}" for octet in octets)
    backwards = uids.reversed_bytes(plain)
    if backwards is None:
        assert octets == octets[::-1]
    else:
        assert uids.reversed_bytes(backwards) == plain


@pytest.mark.parametrize("text", ["GOODCARD", "ABC", "04A1B2C", "A1B2", "VID:AABBCCDDEEFF", "NL-TNM-C1-X"])
def test_it_suggests_no_other_byte_order_where_there_are_no_bytes(text):
    assert uids.reversed_bytes(text) is None


def test_it_suggests_the_other_byte_order():
    assert uids.reversed_bytes("2069C021") == "21C06920"
