"""A host's colour and logo are changed by who manages it, and each change is written down once."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.branding import acts, brands
from billing.branding.logos import Logo
from billing.models import Branding

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LOGO = Logo(png=b"png", width=120, height=40)


def change(world, *, colour="", logo=None, removes_logo=False, by="owner") -> bool:
    return acts.change(world.host, colour=colour, logo=logo, removes_logo=removes_logo, by=getattr(world, by), now=NOON)


def test_a_change_is_written_down_with_what_was_before(world):
    assert change(world, colour="#123456", logo=LOGO)
    assert change(world, colour="#654321")

    first, second = AuditEntry.objects.order_by("id")
    assert (first.verb, first.before) == ("host.branding_changed", {"colour": "", "logo": ""})
    assert (second.before, second.after) == (
        {"colour": "#123456", "logo": LOGO.hash},
        {"colour": "#654321", "logo": LOGO.hash},
    )
    assert brands.png(world.host) == b"png", "a logo stays unless another one comes or it is removed"


def test_the_same_again_changes_nothing(world):
    change(world, colour="#123456", logo=LOGO)

    assert not change(world, colour="#123456")
    assert not change(world, colour="#123456", logo=LOGO)
    assert AuditEntry.objects.count() == 1


def test_ours_again_removes_both(world):
    change(world, colour="#123456", logo=LOGO)

    assert change(world, removes_logo=True)
    assert AuditEntry.objects.latest("id").after == {"colour": "", "logo": ""}
    assert brands.png(world.host) == b""


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_changes_nothing(world, person):
    with pytest.raises(NotAllowedError):
        change(world, colour="#123456", by=person)

    assert not Branding.objects.exists()
