"""Another back office is of a charger, of a property or of a host; and its keys are not shown."""

import pytest
from django.db import IntegrityError, transaction

from chargers.models import Charger, Upstream


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("wss://partner.example/ocpp", "wss://partner.example/ocpp"),
        ("wss://partner.example/ocpp?key=secret", "wss://partner.example/ocpp?…"),
        ("wss://partner.example/?a=1?b=2", "wss://partner.example/?…"),
        ("", ""),
    ],
)
def test_what_may_be_a_key_in_the_address_is_not_shown(url: str, shown: str):
    assert Upstream(url=url).shown_url() == shown


@pytest.mark.django_db
@pytest.mark.parametrize("places", [(), ("charger", "host"), ("property", "host"), ("charger", "property", "host")])
def test_it_belongs_to_one(charger: Charger, places: tuple[str, ...]):
    owners = {"charger": charger, "property": charger.property, "host": charger.property.host}

    with pytest.raises(IntegrityError, match="upstream_of_one"), transaction.atomic():
        Upstream.objects.create(name="Partner", url="wss://x.example", **{place: owners[place] for place in places})


@pytest.mark.django_db
def test_one_leads_and_others_follow(charger: Charger):
    Upstream.objects.create(name="Partner", url="wss://a.example", role="leader", charger=charger)
    Upstream.objects.create(name="Data", url="wss://b.example", charger=charger)
    Upstream.objects.create(name="Partner", url="wss://a.example", role="leader", property=charger.property)

    with pytest.raises(IntegrityError, match="upstream_one_leader"), transaction.atomic():
        Upstream.objects.create(name="Another", url="wss://c.example", role="leader", charger=charger)
