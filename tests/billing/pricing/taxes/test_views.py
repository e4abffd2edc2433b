"""The tax of a property, stated once: rates refer to it, and sessions keep what held when their price was fixed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from authorization.models import AuditEntry
from billing.models import PropertyTax, RateVersion, Rating
from billing.pricing.rates import catalogue, resolver
from billing.pricing.rates.catalogue import RateError
from billing.pricing.rates.resolver import Payer
from billing.pricing.taxes import property_tax
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.taxes_pages import tax_of

REFERRING = {"energy": [{"name": "all day", "price": "0.40"}], "tax": {"mode": "exclusive", "of": "property"}}


def test_the_page_shows_and_changes_the_tax_of_a_property(world, client_of):
    client = client_of(world.owner)

    before = client.get("/rates/taxes/").content.decode()
    after = client.post("/rates/taxes/sunset-1/", {"percentage": "8,25"}, follow=True).content.decode()

    assert "not stated" in before
    assert "Sessions at Sunset 1 are taxed at 8.25 % from now on." in after
    assert PropertyTax.objects.get().percentage == Decimal("8.25")
    assert AuditEntry.objects.get(verb="property.tax_stated").after["percentage"] == "8.25"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"percentage": "101"}, "was not saved"),
        ({"percentage": ""}, "was not saved"),
        ({"percentage": "21", "begins": "2020-01-01"}, "cannot begin in the past"),
    ],
)
def test_it_says_what_cannot_be_stated(world, client_of, sent, words):
    page = client_of(world.owner).post("/rates/taxes/sunset-1/", sent, follow=True).content.decode()

    assert words in page
    assert not PropertyTax.objects.exists()


def test_a_planned_tax_is_shown_beside_the_one_in_force(world, client_of):
    tax_of(world, 19)
    client = client_of(world.owner)

    page = client.post("/rates/taxes/sunset-1/", {"percentage": "21", "begins": "2199-01-01"}, follow=True)

    assert "19 %" in page.content.decode()
    assert "21 % from" in page.content.decode()
    assert property_tax.find_percentage(world.site.pk, YESTERDAY) == 19


def test_no_rate_refers_to_the_tax_of_a_property_that_states_none(world):
    version = charging.make_rate(world.host, definition=REFERRING)
    place = catalogue.AssignmentScope(property=world.site, audience="guest")
    with pytest.raises(RateError, match="Sunset 1 has no tax"):
        catalogue.assign(version.rate, place)

    plain = charging.make_rate(world.host, slug="other")
    charging.assign(plain, world.site, "guest")
    with pytest.raises(RateError, match="Sunset 1 has no tax"):
        catalogue.publish(plain.rate, definition=REFERRING, now=YESTERDAY)


def test_the_form_says_that_a_rate_takes_the_propertys_tax(world, client_of):
    tax_of(world, 21)
    version = charging.make_rate(world.host)
    charging.assign(version, world.site, "guest")
    typed = {
        "name": "Plain", "energy.0.name": "all day", "energy.0.price": "0.40", "tax.mode": "exclusive",
        "tax.of": "property", "tax.rates.energy": "9", "based_on": "1", "do": "save",
    }  # fmt: skip
    client = client_of(world.owner)

    preview = client.post(f"/rates/{version.rate_id}/", typed | {"do": "preview"}).content.decode()
    client.post(f"/rates/{version.rate_id}/", typed)

    assert "With the tax of Sunset 1, 21 %." in preview
    assert "$9.68" in preview  # 20 kWh at 0.40 and 21 %
    saved = RateVersion.objects.order_by("-number")[0].definition
    assert saved["tax"] == {"mode": "exclusive", "of": "property"}


def test_a_session_is_billed_with_the_tax_that_held_when_it_began(world):
    tax_of(world, 10)
    tax_of(world, 50, valid_from=YESTERDAY + timedelta(hours=12))
    version = charging.make_rate(world.host, definition=REFERRING)
    charging.assign(version, world.site, "member")

    session = charging.charge(world.charger)

    rating = Rating.objects.get(session=session, kind="final")
    assert {group["rate_pct"] for group in rating.report["taxes"]} == {"10"}
    assert rating.inputs["session"]["rate"]["tax"]["rates"]["energy"] == "10"
    assert rating.total_minor == rating.net_minor + rating.tax_minor
    assert rating.tax_minor > 0


def test_a_guest_is_shown_and_held_the_price_with_the_propertys_tax(world):
    tax_of(world, 10)
    version = charging.make_rate(world.host, definition=REFERRING)
    charging.assign(version, world.site, "guest")

    found = resolver.resolve(world.charger, driver=Payer(audience="guest"), at=YESTERDAY).version

    assert found is not None
    assert found.definition["tax"] == {
        "mode": "exclusive",
        "rates": {"connection": "10", "energy": "10", "time": "10", "idle": "10", "processing": "10"},
    }
    assert RateVersion.objects.get(pk=found.pk).definition == REFERRING
