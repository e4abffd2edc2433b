"""A stolen session, or a screen left open: what lets people in, takes owners out or moves money asks for a log-in."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AccessGrant, AuditEntry
from billing.models import WebhookEndpoint
from billing.payments.webhooks import deliveries
from chargers.models import Host, Property, Upstream
from tests.kit.logging_in import after_log_in, logged_in
from tests.kit.world import PASSWORD, World, make_user

pytestmark = pytest.mark.django_db
COMPANY = {"legal_name": "Sunset Stays LLC", "legal_address": "1 Boardwalk", "tax_number": "91-1144442"}
OUTSIDER = {"email": "kim@example.com", "kind": "installer", "place": "charger:CP1", "reason": "Ticket 7"}
NOTIFICATIONS = "/settings/notifications/"
PROXY = "/chargers/CP1/proxy/"
OFFERS = "/settings/refund-offers/sunset/"
BACK_OFFICE = {"name": "Energy", "url": "wss://energy.example/ocpp", "scope": "charger"}
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
    "disconnecting a back office": (PROXY + "{upstream}/", {"way": "disconnect"}),
    "making a back office Leader": (PROXY + "{upstream}/leader/", {}),
    "setting payouts up at the card processor": ("/payouts/sunset/setup/", {}),
    "adding a webhook endpoint": ("/connections/sunset/", {"url": "https://example.com/hooks"}),
    "seeing a webhook endpoint's new secret": ("/connections/endpoints/{endpoint}/", {"do": "secret"}),
    "a charger's password by hand": ("/chargers/CP1/connection/password/", {"way": "by_hand"}),
    "a charger's password at once": ("/chargers/CP1/connection/password/", {"way": "replace"}),
    "opening a property to strangers": ("/properties/sunset-1/", {"access": "guest"}),
    "switching refund offers on": (OFFERS, {"most": "5", "month": "50"}),
}


@pytest.mark.matrix
@pytest.mark.parametrize("act", ACTS)
def test_it_asks_for_a_fresh_log_in_and_then_goes_on_by_itself(world: World, act: str):
    address, form = ACTS[act]
    address = address.format(
        owner=make_user("older@example.com", world.host, "owner").memberships.get().pk,
        member=world.teammate.memberships.get().pk,
        grant=grant_of(world).pk,
        upstream=upstream_of(world).pk,
        endpoint=endpoint_of(world).pk,
    )
    stolen = logged_in(world.owner)

    asked = stolen.post(address, form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not AuditEntry.objects.exists()
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert AuditEntry.objects.filter(user=world.owner).count() == 1


def test_a_property_is_closed_to_strangers_without_one(world: World):
    Property.objects.update(access="public_roaming")

    closed = logged_in(world.owner).post("/properties/sunset-1/", {"access": "private"})

    assert closed.headers["Location"] == "/properties/sunset-1/"
    assert Property.objects.get(pk=world.site.pk).access == "private"


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


def test_a_back_office_is_connected_after_the_log_in_and_only_its_secrets_are_typed_again(world: World):
    """A stolen session sent every driver's card to a back office of its own."""
    form = BACK_OFFICE | {"role": "leader", "username": "sun", "password": "of-theirs"}
    stolen = logged_in(world.owner)

    asked = stolen.post(PROXY + "connect/", form)

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "of-theirs" not in str(dict(stolen.session))
    stolen.post(asked.headers["Location"], {"password": PASSWORD})
    assert not AuditEntry.objects.exists()
    page = stolen.get(PROXY + "connect/").content.decode()
    assert all(f'value="{text}"' in page for text in ("leader", "Energy", "wss://energy.example/ocpp", "sun"))
    assert "of-theirs" not in page
    assert stolen.post(PROXY + "connect/", form).headers["Location"] == PROXY
    assert AuditEntry.objects.get().verb == "upstream.connected"


def test_the_address_of_a_back_office_is_changed_after_a_log_in(world: World):
    page = f"{PROXY}{upstream_of(world).pk}/edit/"
    stolen = logged_in(world.owner)

    asked = stolen.post(page, {"url": "wss://thief.example/ocpp?key=theirs"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "key=theirs" not in str(dict(stolen.session))
    assert not AuditEntry.objects.exists()


def test_limits_of_refund_offers_are_raised_after_a_log_in_and_lowered_without(world: World):
    after_log_in(world.owner).post(OFFERS, {"most": "5", "month": "50"})
    stale = logged_in(world.owner)

    assert stale.post(OFFERS, {"most": "4", "month": "50"}).headers["Location"] == OFFERS
    raised = stale.post(OFFERS, {"most": "4", "month": "60"})
    assert raised.headers["Location"].startswith("/accounts/reauthenticate/")
    assert stale.post(OFFERS, {"off": "1"}).headers["Location"] == OFFERS


def test_ending_access_asks_for_none(world: World):
    logged_in(world.owner).post(f"/people/sunset/outsiders/{grant_of(world).pk}/", {"do": "end"})

    assert AuditEntry.objects.get().verb == "access_grant.ended"


def test_a_fresh_log_in_is_asked_for_once(world: World):
    client = after_log_in(world.owner)

    assert client.post("/company/sunset/", COMPANY).headers["Location"] == "/company/sunset/"


def upstream_of(world: World) -> Upstream:
    return Upstream.objects.create(
        charger=world.charger, name="Partner", url="wss://partner.example/ocpp", role="follower"
    )


def endpoint_of(world: World) -> WebhookEndpoint:
    url, at = "https://example.com/there", datetime.now(tz=UTC)
    return deliveries.add(world.host, url=url, kinds=None, by="user:x", now=at)[0]


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


def test_a_form_with_a_mistake_goes_to_its_own_page_when_it_is_sent_again_after_the_log_in(world: World):
    Host.objects.filter(pk=world.host.pk).update(country="DE")
    client = logged_in(world.owner)
    asked = client.post("/company/sunset/", COMPANY | {"tax_number": "DE123456789"})

    shown = client.post(asked.headers["Location"], {"password": PASSWORD})

    text = shown.content.decode()
    assert (shown.status_code, "Sunset Stays LLC" in text) == (200, True)
    forms = re.findall(r"<form[^>]*>", text)
    assert [form for form in forms if 'method="post"' in form and "action=" not in form] == []
    assert any('action="/company/sunset/"' in form for form in forms)
    assert int(shown.headers["Content-Length"]) == len(shown.content)
    assert client.post("/company/sunset/", COMPANY | {"tax_number": "DE136695976"}).status_code == 302
