"""What a charger did by itself, with its colour and the settings to check."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Charger, OwnAct
from chargers.pages import charger_decisions
from chargers.pages.charger_decisions import DescribedAct

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
Kind = OwnAct.Kind


@pytest.mark.parametrize(
    ("kind", "is_refused", "colour"),
    [
        (Kind.AGAINST, False, "bad"),
        (Kind.OFFLINE, True, "bad"),
        (Kind.OFFLINE, False, "busy"),
        (Kind.WITHOUT, True, "bad"),
        (Kind.WITHOUT, False, "warn"),
        (Kind.STRANGER, True, "warn"),
        (Kind.NOT_STARTED, False, "warn"),
    ],
)
def test_what_was_let_in_against_us_is_worse_than_what_is_as_it_is_meant(
    kind: OwnAct.Kind, is_refused: bool, colour: str
):
    assert DescribedAct(OwnAct(kind=kind, is_refused=is_refused), "", "", ()).kind == colour


@pytest.mark.django_db
def test_it_is_shown_with_what_to_do_and_with_the_settings_as_they_were_reported(charger: Charger):
    charger.ocpp_version = "1.6"
    charger.variables.create(name="AllowOfflineTxForUnknownId", value="true", reported_at=NOON)
    for hours in (1, 2):
        OwnAct.objects.create(
            charger=charger, kind=Kind.OFFLINE, at=NOON - timedelta(hours=hours), noticed_at=NOON, detail="x"
        )

    [shown] = charger_decisions.of_charger(charger, since=NOON - timedelta(days=1))

    assert (shown.count, shown.title) == (2, "The charger decided by itself: it was offline")
    assert "true" in {read.value for read in shown.settings}
    assert charger_decisions.of_charger(charger, since=NOON) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_title_and_advice_by_its_decision(charger: Charger, kind: OwnAct.Kind):
    key = uuid.uuid4()
    OwnAct.objects.create(charger=charger, kind=kind, at=NOON, noticed_at=NOON, detail="x", decision_id=key)

    shown = charger_decisions.of_decisions([key])[key]

    assert shown.title
    assert shown.to_do
    assert charger_decisions.of_decisions([uuid.uuid4()]) == {}
