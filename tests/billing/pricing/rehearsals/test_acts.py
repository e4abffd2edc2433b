"""A rehearsal, begun by who manages the host and written down with what is rehearsed."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import Rate, Rehearsal
from billing.pricing.rehearsals import acts
from tests.kit.charging import PLAIN, YESTERDAY
from tests.kit.rates_pages import billed

__all__ = ["billed"]
NOW = datetime.now(tz=UTC)


def request(**changes) -> acts.RehearsalRequest:
    values = {"definition": PLAIN, "version_number": 1, "month": YESTERDAY.date().replace(day=1), "only_rate": False}
    return acts.RehearsalRequest(**values | changes)


def test_a_small_month_is_done_at_once_and_the_property_is_named_where_it_is_one(billed):
    rate = Rate.objects.get()

    made = acts.begin(rate, request(), by=billed.owner, now=NOW)
    acts.begin(rate, request(property_=billed.site, version_number=None), by=billed.owner, now=NOW)

    assert made.result["difference_minor"] == 0
    whole, alone = AuditEntry.objects.order_by("id")
    assert whole.after == {"month": f"{YESTERDAY:%Y-%m}", "version": 1, "only_rate": False}
    assert (alone.after["property"], alone.after["version"]) == ("sunset-1", None)


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_rehearses_nothing(billed, person):
    with pytest.raises(NotAllowedError):
        acts.begin(Rate.objects.get(), request(), by=getattr(billed, person), now=NOW)

    assert not Rehearsal.objects.exists()
    assert not AuditEntry.objects.exists()
