"""What a host chose of its looks, stored and read."""

from datetime import UTC, datetime

from billing.branding import brands
from billing.branding.logos import Logo
from billing.models import Branding
from chargers.models import Host

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LOGO = Logo(png=b"png", width=120, height=40)


def read(host: Host) -> Branding | None:
    return brands.find(Host.objects.get(pk=host.pk))


def test_a_host_that_chose_nothing_has_none(world):
    assert read(world.host) is None
    assert brands.png(world.host) == b""


def test_a_colour_and_a_logo_are_kept_beside_each_other(world):
    brands.set_logo(world.host, LOGO, now=NOON)
    brands.set_colour(world.host, "#123456", now=NOON)

    brand = read(world.host)
    assert (brand.colour, brand.logo_hash, brand.logo_width, brand.logo_height) == ("#123456", LOGO.hash, 120, 40)
    assert (brands.png(world.host), brand.changed_at) == (b"png", NOON)


def test_a_logo_that_is_removed_leaves_the_colour(world):
    brands.set_colour(world.host, "#123456", now=NOON)
    brands.set_logo(world.host, LOGO, now=NOON)
    brands.set_logo(world.host, None, now=NOON)

    brand = read(world.host)
    assert (brand.colour, brand.logo_hash, brand.logo_width) == ("#123456", "", 0)
    assert brands.png(world.host) == b""
