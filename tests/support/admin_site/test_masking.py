"""Guests' data in the admin: masked, shown under a grant of the host, which sees what was opened and can end it."""

from datetime import timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, DataGrant, DataOpening, Stay, User
from billing.models import OutgoingMail, Session
from chargers.models import Property
from support.models import Ticket
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.masking import Clients, grant, now, ticket
from tests.kit.tickets import opened
from tests.kit.tools import confirm, look
from tests.kit.world import World, make_charger

__all__ = ["client", "enrolled", "grant", "ticket"]
VALUES = {"scope": "sessions", "hours": "4"}
PORTAL = "/settings/support-access/sunset/"


@pytest.fixture
def session(world: World) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger, email="private@example.com")


def page(session: Session) -> str:
    return f"/admin/billing/session/{session.pk}/change/"


def test_the_host_is_asked_by_mail_and_answers_in_the_portal(
    client: Client, ticket: Ticket, client_of: Clients, world: World, session: Session
):
    preview = look(client, ticket, "ask-to-see", **VALUES)
    confirm(client, ticket, "ask-to-see", **VALUES)
    before, grant = shown(client, page(session)), DataGrant.objects.get()
    outgoing = OutgoingMail.objects.get(address="owner@example.com")
    owner = client_of(world.owner)
    asked = shown(owner, PORTAL)
    owner.post(PORTAL, {"grant": str(grant.pk), "do": "approve"})
    after = shown(client, page(session))

    assert "1 owner gets a mail. They answer under Settings &gt; Support access." in preview
    assert (outgoing.page, ticket.label in outgoing.text) == (PORTAL, True)
    assert "Kim is stuck." in asked
    assert "private@example.com" not in before
    assert "p…@example.com" in before
    assert "private@example.com" in after
    assert "Sunset Stays lets you see this until" in after
    assert DataOpening.objects.get().subject == f"session {session.pk}"
    assert f"session {session.pk}" in shown(owner, PORTAL)
    assert AuditEntry.objects.get(verb="data_grant.approved").user == world.owner


@pytest.mark.parametrize("end", ["revoked", "expired", "declined"])
def test_it_is_masked_again_at_once(
    client: Client, grant: DataGrant, client_of: Clients, world: World, session: Session, end: str
):
    owner = client_of(world.owner)
    owner.post(PORTAL, {"grant": str(grant.pk), "do": "decline" if end == "declined" else "approve"})
    if end == "revoked":
        owner.post(PORTAL, {"grant": str(grant.pk), "do": "revoke"})
    if end == "expired":
        DataGrant.objects.update(asked_at=now() - timedelta(days=1), ends_at=now() - timedelta(seconds=1))

    assert "private@example.com" not in shown(client, page(session))


def test_a_grant_is_one_agent_s_and_of_its_scope(
    client: Client, grant: DataGrant, client_of: Clients, world: World, session: Session
):
    Stay.objects.create(
        property=world.site,
        guest_name="Robin",
        guest_email="robin@example.com",
        arrives_at=now(),
        departs_at=now() + timedelta(days=1),
    )
    client_of(world.owner).post(PORTAL, {"grant": str(grant.pk), "do": "approve"})
    stay = shown(client, f"/admin/authorization/stay/{Stay.objects.get().pk}/change/")
    DataGrant.objects.update(agent=User.objects.create(email="other@example.com", is_agent=True))

    assert "Robin" not in stay
    assert "private@example.com" not in shown(client, page(session))


def test_lists_and_the_search_are_masked_and_find_by_the_whole_address_only(client: Client, session: Session):
    for address in ("/admin/billing/session/", "/admin/?q=private@example.com", "/admin/billing/outgoingmail/"):
        found = shown(client, address)
        assert "p…@example.com" in found, address
        assert "private@example.com<" not in found, address


def test_under_a_grant_the_list_shows_that_host_s_rows_with_banner_and_journal(
    client: Client, grant: DataGrant, client_of: Clients, world: World, session: Session
):
    """The rows of other hosts stay masked, and what was not granted too."""
    lakeside = world.stranger.memberships.get().host
    place = Property.objects.create(host=lakeside, slug="lakeside-1", name="Lakeside 1", access="guest")
    charging.assign(charging.make_rate(lakeside), place, "guest")
    charging.guest(make_charger(place, "CP9", station_id="LAK001"), email="somebody@example.org")
    before = shown(client, "/admin/billing/session/")
    client_of(world.owner).post(PORTAL, {"grant": str(grant.pk), "do": "approve"})

    after = shown(client, "/admin/billing/session/")

    assert "private@example.com" not in before
    assert "private@example.com" in after
    assert ("somebody@example.org" in after, "s…@example.org" in after) == (False, True)
    assert "Sunset Stays lets you see this until" in after
    assert DataOpening.objects.get().subject == f"session {session.pk}"
    client_of(world.owner).post(PORTAL, {"grant": str(grant.pk), "do": "revoke"})
    assert "private@example.com" not in shown(client, "/admin/billing/session/")


def test_who_has_a_live_ticket_is_not_masked(client: Client, session: Session):
    opened(now=now(), email="private@example.com")

    assert "private@example.com" in shown(client, page(session))


def test_the_same_is_asked_once(client: Client, ticket: Ticket, grant: DataGrant):
    assert confirm(client, ticket, "ask-to-see", **VALUES).state == "refused"
