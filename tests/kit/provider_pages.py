"""What the tests of roaming.latency and views.provider share."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import IssuerQuestion, MobilityProvider
from chargers.lib import ids


@pytest.fixture
def provider(db: None) -> MobilityProvider:
    return MobilityProvider.objects.create(
        country_code="NL", party_id="EMS", name="Example eMSP", authorize_url="https://e.example/tokens"
    )


def asked(provider, charger, *, uid="NLEMS1", at=None, **fields):
    at = at or datetime.now(tz=UTC) - timedelta(minutes=1)
    values = {"state": "answered", "word": "ALLOWED", "took_ms": 120, "ended_at": at} | fields
    return IssuerQuestion.objects.create(
        id=ids.generate(now=at),
        msp=provider,
        charger=charger,
        uid=uid,
        canonical_uid=uid,
        asked_at=at,
        deadline=at + timedelta(seconds=15),
        **values,
    )
