"""A stolen session, or a screen left open: what lets people in, takes owners out or moves money asks for a log-in."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessGrant, AuditEntry
from tests.kit.logging_in import after_log_in, logged_in
from tests.pages.conftest import PASSWORD, World, make_user

pytestmark = pytest.mark.django_db
COMPANY = {"legal_name": "Sunset Stays LLC", "legal_address": "1 Boardwalk", "tax_number": "91-1144442"}
OUTSIDER = {"email": "kim@example.com", "kind": "installer", "place": "charger:CP1", "reason": "Ticket 7"}
NOTIFICATIONS = "/settings/notifications/"
ACTS = {
    "removing an owner": ("/people/sunset/members/{owner}/", {"do": "remove", "reason": "Left"}),
    "removing a member": ("/people/sunset/members/{member}/", {"do": "remove", "reason": "Left"}),
    "demoting an owner": ("/people/sunset/members/{owner}/", {"do": "change", "role": "finance"}),
    "changing a role": ("/people/sunset/members/{member}/", {"do": "change", "role": "manager"}),
    "inviting a manager": ("/people/sunset/invite/", {"email": "kim@example.com", "role": "manager"}),
    "letting in an outsider": ("/people/sunset/outsiders/add/", OUTSIDER),
    "extending an outsider's access": ("/people/sunset/outsiders/{grant}/", {"do": "extend"}),
    "changing company data": ("/company/sunset/", COMPANY),
    "getting statements by mail": ("/statements/sunset/", {"act": "send"}),
    "getting statements by mail, in the settings": (NOTIFICATIONS, {"do": "statements:on", "host": "sunset"}),
    "silencing mails about payouts": (NOTIFICATIONS, {"do": "paid:off", "host": "sunset"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_it_asks_for_a_fresh_log_in_and_then_goes_on_by_itself(world: World, act: str):
    address, form = ACTS[act]
    address = address.format(
        owner=make_user("older@example.com", world.host, "owner").memberships.get().pk,
        member=world.teammate.memberships.get().pk,
        grant=grant_of(world).pk,
    )
    stolen = logged_in(world.owner)

    asked = stolen.post(address, form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not AuditEntry.objects.exists()
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert AuditEntry.objects.filter(user=world.owner).count() == 1


@pytest.mark.parametrize(
    ("address", "form", "verb"),
    [
        ("/company/sunset/", {"form": "seller", "kind": "company", "taxpayer_number": "91-1144442"}, "host.seller"),
        ("/settings/sign-in/sunset/", {"do": "remove"}, ""),
    ],
)
def test_what_may_lie_in_no_session_is_typed_again(world: World, address: str, form: dict[str, str], verb: str):
    stolen = logged_in(world.owner)

    asked = stolen.post(address, form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "account_reauthentication_state" not in stolen.session
    assert "Nothing was stored: log in again, then" in stolen.get(address).content.decode()
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert not AuditEntry.objects.exists()
    assert stolen.post(address, form).headers["Location"] == address
    assert AuditEntry.objects.filter(verb__startswith=verb).exists() is bool(verb)


def test_ending_access_asks_for_none(world: World):
    logged_in(world.owner).post(f"/people/sunset/outsiders/{grant_of(world).pk}/", {"do": "end"})

    assert AuditEntry.objects.get().verb == "access_grant.ended"


def test_a_fresh_log_in_is_asked_for_once(world: World):
    client = after_log_in(world.owner)

    assert client.post("/company/sunset/", COMPANY).headers["Location"] == "/company/sunset/"


def grant_of(world: World) -> AccessGrant:
    at = datetime.now(tz=UTC)
    return AccessGrant.objects.create(
        user=world.stranger,
        host=world.host,
        role="operator",
        reason="Ticket 7",
        granted_at=at - timedelta(hours=1),
        ends_at=at + timedelta(days=1),
    )
