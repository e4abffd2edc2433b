"""Properties get the tax at which their rates agree, and the rates keep their own percentages."""

from datetime import UTC, datetime
from decimal import Decimal

from chargers.models import Property
from tests.kit.migrating import Migrate, landed, migrate
from tests.pages.conftest import World, world

__all__ = ["migrate", "world"]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BEFORE, AFTER = [("billing", "0059_letters_about_pages")], [("billing", "0060_property_taxes")]


CASES = [
    ([{"energy": "21", "idle": "21.0"}], Decimal(21)),
    ([{"energy": "21"}, {"energy": "21"}], Decimal(21)),
    ([{"energy": "21"}, {"energy": "9"}], None),
    ([{"energy": "21", "idle": "9"}], None),
    ([{"energy": "0"}], None),
    ([{}], None),
]


@landed
def test_a_property_gets_the_tax_of_which_its_rates_agree(world: World, migrate: Migrate):
    places = [Property.objects.create(host=world.host, slug=f"p{n}", name=f"P{n}") for n, _ in enumerate(CASES)]
    old = migrate(BEFORE)
    for place, (taxes, _) in zip(places, CASES, strict=True):
        for number, rates in enumerate(taxes):
            rate = old.get_model("billing", "Rate").objects.create(
                host_id=world.host.pk, slug=f"{place.slug}-{number}", name="x"
            )
            definition = {"energy": [{"name": "x", "price": "1"}], "tax": {"mode": "inclusive", "rates": rates}}
            old.get_model("billing", "RateVersion").objects.create(
                rate=rate, number=1, definition=definition, created_at=NOW
            )
            old.get_model("billing", "RateAssignment").objects.create(
                rate=rate, property_id=place.pk, audience=["guest", "member"][number]
            )

    new = migrate(AFTER)

    found = dict(new.get_model("billing", "PropertyTax").objects.values_list("property_id", "percentage"))
    assert [found.get(place.pk) for place in places] == [stated for _, stated in CASES]
    versions = new.get_model("billing", "RateVersion").objects.order_by("rate__slug")
    assert [one.definition["tax"]["rates"] for one in versions] == [rates for taxes, _ in CASES for rates in taxes]
