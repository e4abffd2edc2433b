"""What the tests of acts.reimbursements, views.reimbursement and visits.reimbursement_form share."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.decide import decisions
from authorization.models import ReimbursementContract, Token
from chargers.models import Charger, Property
from tests.kit.world import World, make_charger

UID = "04FFEE0042"
TODAY = datetime.now(tz=UTC).date()
YESTERDAY = datetime.now(tz=UTC) - timedelta(days=1)


def said(*chargers: Charger, **changes):
    return {
        "uid": "04:ff:ee:00:42",
        "name": "Kim, at home",
        "employer": "Acme",
        "employer_contact": "pay@acme.example",
        "chargers": [charger.pk for charger in chargers],
        "starts_on": TODAY - timedelta(days=2),
        "per_kwh": "0.31",
        "cap": "150.50",
        **changes,
    }


@pytest.fixture
def home(world: World) -> Charger:
    house = Property.objects.create(host=world.host, slug="home", name="Kim's home", time_zone="America/New_York")
    return make_charger(house, "HOME1", station_id="HOM001")


def contract_of(world: World, *chargers: Charger, **fields) -> ReimbursementContract:
    if "token" not in fields:
        fields["token"], _ = Token.objects.get_or_create(host=world.host, uid=UID, canonical_uid=UID)
    made = ReimbursementContract.objects.create(
        **{
            "host": world.host,
            "name": "Kim, at home",
            "employer": "Acme",
            "currency": "USD",
            "active_from": YESTERDAY,
            **fields,
        }
    )
    made.chargers.set(chargers)
    return made


def asked(charger: Charger, uid: str = UID):
    at = datetime.now(tz=UTC)
    question = decisions.Question(kind="authorize", uid=uid, at=at)
    return decisions.decide(charger=charger, question=question, now=at, dry_run=True)
