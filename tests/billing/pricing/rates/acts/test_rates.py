"""A rate: added, saved in the editor, published by the API, a planned version withdrawn."""

from datetime import UTC, datetime

from authorization.models import AuditEntry
from billing.models import Rate, RateVersion
from billing.pricing.rates import catalogue, resolver
from billing.pricing.rates.resolver import Payer
from tests.kit.charging import PLAIN
from tests.kit.rates_pages import post, priced, rate

__all__ = ["priced", "rate"]


def test_it_saves_a_new_version_and_keeps_the_old_one(priced, rate, client_of):
    post(
        client_of(priced.owner),
        rate,
        energy__0__price="0.45",
        energy__1__name="night",
        energy__1__price="0.25",
        energy__1__from="22:00",
        energy__1__to="06:00",
    )

    first, second = RateVersion.objects.order_by("number")
    assert first.definition == PLAIN
    assert second.number == 2
    assert second.definition["energy"] == [
        {"name": "all day", "price": "0.45"},
        {"name": "night", "price": "0.25", "from": "22:00", "to": "06:00"},
    ]
    assert catalogue.newest(rate) == second


def test_it_writes_down_who_changed_what(priced, rate, client_of):
    post(client_of(priced.owner), rate, connection_fee="2.00")

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.user, entry.host) == ("rate.changed", priced.owner, priced.host)
    assert entry.before["definition"]["connection_fee"] == "1.00"
    assert entry.after["definition"]["connection_fee"] == "2.00"


def test_it_makes_no_version_of_what_is_in_force_already(priced, rate, client_of):
    post(client_of(priced.owner), rate)

    assert RateVersion.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_it_makes_no_version_of_what_is_written_otherwise(priced, rate, client_of):
    definition = RateVersion.objects.get().definition
    definition["connection_fee"] = "1"
    definition["energy"][0]["price"] = "0.4000"
    RateVersion.objects.update(definition=definition)

    post(client_of(priced.owner), rate)

    assert RateVersion.objects.count() == 1


def test_a_manager_plans_a_version_and_withdraws_it(priced, client_of):
    client, rate = client_of(priced.owner), Rate.objects.get()
    typed = {"name": "Plain", "energy.0.name": "all day", "energy.0.price": "0.60", "do": "save", "based_on": "1"}

    late = client.post(f"/rates/{rate.pk}/", typed | {"valid_from": "2020-01-01T00:00"}).content.decode()
    planned = client.post(f"/rates/{rate.pk}/", typed | {"valid_from": "2199-01-01T00:00"}, follow=True)
    resolved = resolver.resolve(priced.charger, driver=Payer(audience="guest"), at=datetime.now(tz=UTC))
    gone = client.post(f"/rates/{rate.pk}/withdraw/", {"version": "2"}, follow=True).content.decode()
    again = client.post(f"/rates/{rate.pk}/withdraw/", {"version": "1"}, follow=True).content.decode()

    assert "That time is past" in late
    assert "version 2, begins on 2199-01-01 00:00" in planned.content.decode()
    assert "planned" in planned.content.decode()
    assert resolved.version.number == 1
    assert "Version 2 will not begin." in gone
    assert "only a version that has not begun" in again
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["rate.changed", "rate.withdrawn"]
