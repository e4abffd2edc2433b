"""What people have written already is not asked again; where two readings are possible, nothing is read."""

from datetime import UTC, datetime

import pytest

from support.assistant import mentions
from support.topics.details import Detail

NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)


def read(text: str, language: str = "en", *, topic: int = 4) -> dict[str, str]:
    return {
        code.value: value for code, value in mentions.read(text, language=language, now=NOW).of_topic(topic).items()
    }


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("charged $23.40 yesterday at 6:30 pm, card ending in 4242", "en",
         {"amount": "23.40", "last4": "4242", "attempted_at": "2026-11-23T18:30"}),
        ("gisteren om 18:30 is er 12,50 euro afgeschreven", "nl",
         {"amount": "12.50", "attempted_at": "2026-11-23T18:30"}),
        ("gestern um 18 Uhr 12,50 € abgebucht, Karte endet auf 4242", "de",
         {"amount": "12.50", "last4": "4242", "attempted_at": "2026-11-23T18:00"}),
        ("hier à 18h30 j'ai payé 12 €", "fr", {"amount": "12.00", "attempted_at": "2026-11-23T18:30"}),
        ("ayer a las 18:30, tarjeta terminada en 4242", "es", {"last4": "4242", "attempted_at": "2026-11-23T18:30"}),
        ("I paid too much on 24 Nov at 4:54 pm, card 4242 4242 4242 4242", "en",
         {"last4": "4242", "attempted_at": "2026-11-24T16:54"}),
        ("kaart •••• 4242, op 3 november om 9:05", "nl", {"last4": "4242", "attempted_at": "2026-11-03T09:05"}),
        ("Karte **** 4242 am 30. Dezember um 9:05", "de", {"last4": "4242", "attempted_at": "2025-12-30T09:05"}),
        ("it was at 21:15", "en", {"attempted_at": "2026-11-23T21:15"}),
        ("on 2026-11-20 at 09:05", "en", {"attempted_at": "2026-11-20T09:05"}),
        ("I was charged twice on 12 November", "en", {"attempted_at": "2026-11-12"}),
        ("gisteren te veel betaald", "nl", {"attempted_at": "2026-11-23"}),
        ("am 3. November zu viel abgebucht", "de", {"attempted_at": "2026-11-03"}),
        ("receipt 2026-000042 is wrong", "en", {"document": "2026-000042"}),
        ("bon R2026-000042, kaart •••• 4242", "nl", {"document": "R2026-000042", "last4": "4242"}),
        ("Wo ist das Geld der Rechnungskorrektur c2026-000007?", "de", {"document": "C2026-000007"}),
        ("session 01995c0e-1d3a-7c4e-9a55-0f6de2b3a111 please", "en",
         {"document": "01995c0e-1d3a-7c4e-9a55-0f6de2b3a111"}),
    ],
)  # fmt: skip
def test_it_reads_amounts_cards_and_times(text: str, language: str, found: dict[str, str]):
    assert read(text, language) == found


@pytest.mark.parametrize(
    "text",
    ["the rate is 0.35 € per kWh", "$5 and then $6", "it charged 2h", "laadpaal hier is stuk", "at 25:99",
     "tomorrow 2027-01-01 at 10:00", "4242 4242 4242 4241", "•••• 4242 or •••• 1111", "",
     "2026-000001 and 2026-000002", "on 12 November and on 13 November", "on 2027-01-01",
     "H2026-000001-7", "\x00", "9" * 5000],
)  # fmt: skip
def test_what_may_mean_something_else_is_not_read(text: str):
    assert read(text, "nl" if "hier" in text else "en") == {}


def test_of_two_addresses_the_old_one_comes_first_and_one_alone_is_the_new_one():
    assert read("change a@example.com to b@example.org please", topic=7) == {
        "account_email": "a@example.com", "new_email": "b@example.org",
    }  # fmt: skip
    assert read("my new address is b@example.org", topic=7) == {"new_email": "b@example.org"}
    assert read("my account is a@example.com", topic=3) == {"account_email": "a@example.com"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("delete my account", "delete"), ("Ich möchte mein Abo kündigen", "cancel"),
     ("enlevez ma carte, supprimer la carte visa", "remove_card"), ("quiero dar de baja mi plan", "cancel")],
)  # fmt: skip
def test_it_reads_what_is_to_be_done_with_an_account(text: str, wanted: str):
    assert read(text, topic=6)[Detail.CANCEL_OR_DELETE] == wanted


def test_words_of_letters_and_digits_may_be_stations():
    assert mentions.stations("SUN001 or the one at 12 Shore Rd, kim7@example.com") == ["SUN001"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes", True), ("Yes!", True), ("Ja.", True), ("oui", True), ("Sí", True), ("No", False), ("nee", False),
        ("Nein!", False), ("non", False), ("no, nothing", False), ("no idea", None), ("yes but it stopped again", None),
        ("", None), ("it does not charge", None),
    ],
)  # fmt: skip
def test_a_yes_or_a_no_is_understood_where_it_is_nothing_else(text: str, meant: bool | None):
    assert mentions.yes_or_no(text) is meant
