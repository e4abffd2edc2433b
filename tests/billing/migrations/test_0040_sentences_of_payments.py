"""Old English of holds, debts and late stops becomes codes with facts, and nothing of it is lost."""

from datetime import UTC, datetime

import pytest

from billing.migrations._billing_sentences import SENTENCES
from billing.sentences import catalogue
from chargers.lib import ids
from chargers.migrations._stored_sentences import Reader
from chargers.sentences import stored
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BEFORE, AFTER = [("billing", "0039_sentences_of_sessions")], [("billing", "0040_sentences_of_payments")]
COVERS = "Enough for 60 kWh at the highest price, with all fees: 48.40 USD."
LATE = "The stop came 2 h 5 min after the session was closed without one. With it the session costs 2.60 USD instead of 3.00 USD"
READER = Reader(SENTENCES)
REWORDED = ("with all fees would", "without idle fees would")
"""What the catalogue says otherwise since then."""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (COVERS, ["hold.covers"]),
        ("At most 40.00 USD is held here, though 60 kWh with all fees would come to 48.40 USD.", ["hold.most"]),
        ("The card has expired.", ["declined.expired_card"]),
        ("Stripe refused: No such customer. Look again.", ["free"]),
        (f"{LATE}: 0.40 USD goes back.", ["late_stop.came", "late_stop.goes_back"]),
        (
            f"{LATE}. A refund of 0.40 USD waits for a second person; only if they agree does it go back.",
            ["late_stop.came", "late_stop.costs", "late_stop.waits"],
        ),
    ],
)
def test_it_reads_a_text_as_codes_and_says_it_word_for_word_again(text, codes):
    found = READER.read(text)

    assert [sentence["code"] for sentence in found] == codes
    assert READER.english(found) == text
    assert catalogue.english(stored.read(found)) == text.replace(*REWORDED)


@landed
def test_old_rows_get_codes_and_go_back_to_the_same_english(world: World, migrate: Migrate):
    old = migrate(BEFORE)
    session = old.get_model("billing", "Session").objects.create(
        id=ids.new(now=NOW),
        secret="s",
        host_id=world.host.pk,
        property_id=world.site.pk,
        charger_id=world.charger.pk,
        audience="guest",
        state="failed",
        opened_at=NOW,
    )
    for reason, failure in ((COVERS, ""), ("", "The card has expired."), ("", "Something nobody knows")):
        old.get_model("billing", "Hold").objects.create(
            id=ids.new(now=NOW),
            session=session,
            processor="simulated",
            amount_minor=4000,
            currency="USD",
            state="failed",
            reason=reason,
            failure=failure,
            created_at=NOW,
        )
    old.get_model("billing", "LateStop").objects.create(
        session=session,
        outcome="refunded",
        currency="USD",
        billed_minor=300,
        total_minor=260,
        energy_wh=1,
        sentence=f"{LATE}: 0.40 USD goes back.",
        inputs={},
        report={},
        created_at=NOW,
    )

    new = migrate(AFTER)
    kept = new.get_model("billing", "Hold").objects.order_by("id")
    assert kept[0].reason_sentences == [
        {"code": "hold.covers", "facts": {"energy": "60", "estimate": ["48.40", "USD"]}}
    ]
    assert [row.failure_sentences for row in kept] == [
        [],
        [{"code": "declined.expired_card", "facts": {}}],
        [{"code": "free", "facts": {"text": "Something nobody knows"}}],
    ]
    assert new.get_model("billing", "LateStop").objects.get().sentences[0] == {
        "code": "late_stop.came",
        "facts": {"late_s": 7500},
    }

    back = migrate(BEFORE)
    assert [(row.reason, row.failure) for row in back.get_model("billing", "Hold").objects.order_by("id")] == [
        (COVERS, ""),
        ("", "The card has expired."),
        ("", "Something nobody knows"),
    ]
    assert back.get_model("billing", "LateStop").objects.get().sentence == f"{LATE}: 0.40 USD goes back."
