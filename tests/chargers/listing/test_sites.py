"""Chargers by property: how many are in each state, the worst of them by name."""

from chargers.listing.sites import sites
from chargers.models import Charger, Property
from tests.kit.world import make_charger


def placed(world, slug="far", **at):
    at = at or {"latitude": "38.72", "longitude": "-9.14"}
    return Property.objects.create(host=world.host, slug=slug, name=slug.title(), time_zone="UTC", **at)


def test_the_worst_are_named_first_and_at_most_eight(world, django_assert_num_queries):
    far = placed(world)
    for number in range(10):
        make_charger(far, f"FAR{number}", station_id=f"FAR{number:03}")
    Charger.objects.filter(charger_id="FAR9").update(disconnected_at="2026-01-01T00:00:00Z")

    with django_assert_num_queries(2):
        [site] = sites(Charger.objects.all(), Property.objects.all())

    assert site.counts == {"bad": 1, "unknown": 9}
    assert (site.total, site.is_well) == (10, False)
    assert [(named.station_id, named.kind) for named in site.named[:2]] == [("FAR009", "bad"), ("FAR000", "unknown")]
    assert len(site.named) == 8


def test_a_property_without_coordinates_is_left_out_and_one_without_chargers_is_not(world):
    placed(world)

    [site] = sites(Charger.objects.all(), Property.objects.all())

    assert (site.name, site.total, site.is_well, site.named) == ("Far", 0, True, [])


def test_only_the_given_chargers_count(world):
    make_charger(placed(world), "FAR1", station_id="FAR1")

    [site] = sites(Charger.objects.filter(charger_id="CP1"), Property.objects.all())

    assert site.counts == {}
