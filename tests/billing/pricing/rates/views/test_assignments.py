"""Who pays a rate, and where: one act each, written down."""

import pytest

from authorization.models import AuditEntry
from billing.models import Rate, RateAssignment
from chargers.models import Property
from tests.kit import charging
from tests.kit.rates_pages import priced, rate

__all__ = ["priced", "rate"]


def test_it_assigns_a_rate_in_place_of_another(priced, rate, client_of):
    other = charging.make_rate(priced.host, slug="other").rate

    client_of(priced.owner).post(f"/rates/{other.pk}/assign/", {"property": "sunset-1", "audience": "guest"})

    assert RateAssignment.objects.get(audience="guest").rate == other
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before["rate"], entry.after["rate"]) == ("rate.assigned", "plain", "other")


def test_it_assigns_nothing_at_a_property_of_others(priced, rate, client_of):
    Property.objects.create(
        host=priced.stranger.memberships.get().host, slug="lakeside-1", name="Lakeside 1", time_zone="UTC"
    )

    client_of(priced.owner).post(f"/rates/{rate.pk}/assign/", {"property": "lakeside-1", "audience": "guest"})

    assert not RateAssignment.objects.filter(property__slug="lakeside-1").exists()


def test_it_takes_an_assignment_away(priced, rate, client_of):
    assignment = RateAssignment.objects.get(audience="member")

    client_of(priced.owner).post(f"/rates/{rate.pk}/unassign/", {"assignment": assignment.pk})

    assert not RateAssignment.objects.filter(audience="member").exists()
    assert AuditEntry.objects.get().verb == "rate.unassigned"


def test_a_manager_narrows_an_assignment(priced, client_of):
    rate = Rate.objects.get()
    wanted = {
        "property": priced.site.slug, "audience": f"member:{priced.group.slug}", "charger": "CP1", "connector": "1",
        "priority": "5", "from": "2026-06-01", "to": "2026-08-31",
    }  # fmt: skip

    text = client_of(priced.owner).post(f"/rates/{rate.pk}/assign/", wanted, follow=True).content.decode()

    made = RateAssignment.objects.order_by("-pk").first()
    assert (made.group, made.evse_number, made.priority) == (priced.group, 1, 5)
    assert made.active_from.isoformat() == "2026-06-01T04:00:00+00:00", "midnight in New York"
    assert made.active_to.isoformat() == "2026-09-01T04:00:00+00:00", "the last day is counted in"
    assert "Members of Residents" in text
    assert AuditEntry.objects.get().after["group"] == priced.group.slug


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"audience": "member:nobody"}, "own card groups"),
        ({"audience": "roaming:XX-YYY"}, "a roaming partner that is known here"),
        ({"connector": "1"}, "choose the charger too"),
        ({"connector": "one"}, "is not a connector"),
        ({"from": "1 June"}, "write it as 2026-06-01"),
        ({"from": "2026-06-02", "to": "2026-06-01"}, "swap the two dates"),
    ],
)
def test_it_says_what_an_assignment_lacks(priced, client_of, change, told):
    wanted = {"property": priced.site.slug, "audience": "guest"} | change
    answer = client_of(priced.owner).post(f"/rates/{Rate.objects.get().pk}/assign/", wanted, follow=True)
    assert told in answer.content.decode()
    assert not AuditEntry.objects.exists()
