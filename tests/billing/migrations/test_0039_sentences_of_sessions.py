"""Old English of sessions becomes codes with facts, once, and nothing of it is lost."""

from datetime import UTC, datetime

import pytest

from billing.migrations._billing_sentences import SENTENCES
from billing.sentences import catalogue
from chargers.lib import ids
from chargers.migrations._command_sentences import COMMANDS
from chargers.migrations._stored_sentences import Reader
from chargers.sentences import stored
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
READER = Reader({**COMMANDS, **SENTENCES})


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Waived: The meter. It was replaced.", ["session.waived"]),
        ("You cancelled before charging began.", ["session.cancelled"]),
        (
            "Charging could not be started. The charger is offline: nothing was sent.",
            ["session.not_started", "command.offline"],
        ),
        (
            "Charging could not be started. The charger refused. It says: E-17. Call us.",
            ["session.not_started", "answered.Rejected", "answered.says"],
        ),
        ("40 Wh is less than the 100 Wh from which a session is billed.", ["note.too_little"]),
        ("no energy flowed: nothing is billed", ["session.no_energy_before"]),
        (
            "Nothing is billed. Members have no rate at charger SUN001.",
            ["session.nothing_billed", "rate.none.member"],
        ),
        ("The card's bank declined the payment.", ["declined.card_declined"]),
        (
            (
                "Members of Team pay “Night. Low”, version 3, assigned to connector 2 of charger SUN001, with priority 5. "
                "It goes before “Day” for members at all chargers of Sunset 1. "
                "No version was in force when the session began, so the first one holds."
            ),
            ["rate.assigned_by_priority", "rate.before", "rate.earliest"],
        ),
        (
            "Acme pays back 0.31 USD for each kWh, by the contract “Kim” from 2026-01-01.",
            ["rate.home"],
        ),
        ("Stripe refused: nobody knows why.", ["free"]),
        ("The charger's clock is 72 h behind: its times cannot be believed.", ["free"]),
        ("Charging could not be started. The box smells.", ["session.not_started", "free"]),
        ("  Waived:  x ", ["free"]),
        ("", []),
    ],
)
def test_it_reads_a_text_as_codes_and_says_it_word_for_word_again(text, codes):
    found = READER.read(text)

    assert [sentence["code"] for sentence in found] == codes
    assert READER.english(found) == text
    assert catalogue.english(stored.read(found)) == text


def test_it_reads_amounts_and_who_pays_where_as_facts_of_their_own():
    (home,) = READER.read("Acme pays back 0.31 USD for each kWh, by the contract “Kim” from 2026-01-01.")
    (rate,) = READER.read("Members of Team pay “Night”, version 3, assigned to charger SUN001.")

    assert home["facts"]["price"] == ["0.31", "USD"]
    assert rate["facts"]["people"] == {"code": "people.of_group", "facts": {"group": "Team"}}
    assert rate["facts"]["place"] == {"code": "at.charger", "facts": {"station": "SUN001"}}


@landed
def test_old_rows_get_codes_and_go_back_to_the_same_english(world: World, migrate: Migrate):
    before, after = (
        [("billing", "0038_refunds_of_plans_are_attempted_alike")],
        [("billing", "0039_sentences_of_sessions")],
    )
    texts = ("Waived: The meter was replaced.", "Something that nobody knows any more", "")
    rate = "Guests pay “Plain”, version 1, assigned to all chargers of Sunset 1."
    old = migrate(before)
    for number, text in enumerate(texts):
        add(old, world, number, rate_reason=rate, state_reason=text)

    new = migrate(after)
    kept = new.get_model("billing", "Session").objects.order_by("secret")
    assert [row.state_sentences for row in kept] == [
        [{"code": "session.waived", "facts": {"reason": "The meter was replaced."}}],
        [{"code": "free", "facts": {"text": "Something that nobody knows any more"}}],
        [],
    ]
    assert {row.rate_sentences[0]["code"] for row in kept} == {"rate.assigned"}

    back = migrate(before).get_model("billing", "Session").objects.order_by("secret")
    assert [row.state_reason for row in back] == list(texts)
    assert {row.rate_reason for row in back} == {rate}


def add(apps, world, number, **values):
    apps.get_model("billing", "Session").objects.create(
        id=ids.new(now=NOW),
        secret=f"s{number}",
        host_id=world.host.pk,
        property_id=world.site.pk,
        charger_id=world.charger.pk,
        audience="guest",
        state="failed",
        opened_at=NOW,
        **values,
    )
