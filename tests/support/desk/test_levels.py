"""Two lines of agents: the first refunds up to a limit and handles no secrets and no roles; the second sets levels."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import ApiKey, AuditEntry, Invitation, User
from authorization.people import access
from authorization.people.roles import Right
from billing.models import Override, Receivable, Refund, RefundOffer, Session
from chargers.models import Property
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.callers import Api
from tests.kit.tickets import opened
from tests.kit.tools import address, confirm, connect, look
from tests.kit.world import World, make_charger

__all__ = ["client", "enrolled"]

REFUND = {"cause": "goodwill", "fault": "host", "explanation": "The plug was stuck."}


@pytest.fixture
def first(client: Client, world: World) -> Client:
    """The agent is one of the first line."""
    User.objects.filter(pk=world.agent.pk).update(agent_level="first")
    return client


@pytest.fixture
def ticket(world: World) -> Ticket:
    connect()
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    facts = Facts(host=world.host, property=world.site, charger=world.charger, session=session)
    return opened(now=datetime.now(tz=UTC), facts=facts)


def test_the_first_line_refunds_up_to_its_limit(first: Client, ticket: Ticket, settings):
    settings.FIRST_LINE_REFUNDS_UP_TO = 5
    more = first.post(address(ticket, "refund"), REFUND | {"reason": "R", "amount": "5.01"}, follow=True)

    done = confirm(first, ticket, "refund", **REFUND, amount="4.00")
    rest = first.post(address(ticket, "refund"), REFUND | {"reason": "R", "amount": "2.00"}, follow=True)

    assert "give the ticket to the second line" in more.content.decode()
    assert (done.state, Refund.objects.count()) == ("done", 1)
    assert "give the ticket to the second line" in rest.content.decode()


def test_its_limit_holds_on_the_portal_s_page_too(first: Client, ticket: Ticket, settings):
    settings.FIRST_LINE_REFUNDS_UP_TO = 5
    session = Session.objects.get()

    response = first.post(
        f"/sessions/{session.pk}/refund/", REFUND | {"reason": "goodwill", "amount": "6.00", "confirmed": "1"}
    )

    assert "give the ticket to the second line" in response.content.decode()
    assert not Refund.objects.exists()


def test_the_pages_say_so_before_the_act_and_the_act_refuses(first: Client, ticket: Ticket, settings, world: World):
    """A held session, a debt and an offer: no button where the first line may not, and its address refuses too."""
    settings.FIRST_LINE_REFUNDS_UP_TO = 2
    paid = Session.objects.get()
    owed = charging.receivable(paid, amount_minor=900)
    held = charging.held_after_a_jump(make_charger(world.site, "CP2", station_id="SUN002"))
    charging.offer(paid)
    RefundOffer.objects.update(total_minor=300)
    offer = RefundOffer.objects.get()
    says = "give the ticket to the second line"

    pages = [first.get(at).content.decode() for at in (f"/sessions/{held.pk}/", "/books/cases/", "/money/")]
    refused = [
        first.post(at, values, follow=True).content.decode()
        for at, values in (
            (f"/sessions/{held.pk}/waive/", {"reason": "R"}),
            (f"/sessions/{held.pk}/review/", {"choice": "last_trusted", "expected": "300"}),
            (f"/books/receivables/{owed.pk}/give-up/", {"reason": "R"}),
            (f"/sessions/offers/{offer.pk}/", {"answer": "give"}),
        )
    ]

    assert [says in text for text in pages] == [True] * 3
    assert "Bill nothing</button>" not in pages[0]
    assert "Write it off</button>" not in pages[1]
    assert [says in text for text in refused] == [True] * 4
    assert (Session.objects.get(pk=held.pk).state, Receivable.objects.get().state) == ("held", "open")
    assert not Refund.objects.exists()


def test_the_api_key_of_an_agent_of_the_first_line_has_its_limit(first: Client, ticket: Ticket, settings, world: World):
    settings.FIRST_LINE_REFUNDS_UP_TO = 2
    world.agent.refresh_from_db()
    paid = Session.objects.get()
    held = charging.held_after_a_jump(make_charger(world.site, "CP2", station_id="SUN002"))
    owed = charging.receivable(paid, amount_minor=900)
    api = Api(str(ApiKey.objects.create_key(name="k", is_agent=True, made_by=world.agent)[1]))
    says = "give the ticket to the second line"

    shown = api.get(f"sessions/{held.pk}/review/").json()
    answers = [
        api.post(f"sessions/{held.pk}/waive/", {"reason": "R"}),
        api.post(f"sessions/{held.pk}/review/", {"choice": "last_trusted", "total_minor": 300}),
        api.post(f"receivables/{owed.pk}/give-up/", {"reason": "R"}),
        api.post(f"sessions/{paid.pk}/refunds/", {"amount_minor": 300, "reason": "goodwill", "explanation": "x"}),
    ]

    assert says in shown["no_waiver"]
    assert [one.status_code for one in answers] == [400, 400, 409, 400]
    assert all(says in one.content.decode() for one in answers)


def test_it_is_no_second_person(first: Client, ticket: Ticket, settings, world: World):
    settings.REFUND_ALONE_UP_TO = 1
    refund = charging.refund(Session.objects.get(), amount_minor=200)
    Refund.objects.update(state="waiting", credit_note=None, asked_by="user:other@example.com")
    refund.parts.all().delete()

    first.post(f"/sessions/refunds/{refund.pk}/", {"do": "approve"})

    refund.refresh_from_db()
    assert refund.state == "waiting"


def test_what_the_platform_gives_has_its_limit(first: Client, ticket: Ticket, settings):
    settings.FIRST_LINE_REFUNDS_UP_TO = 7
    values = {"evse": "1", "payer": "platform", "kwh": "10", "minutes": "60", "begins_within": "15"}

    assert "at most $7.00" in look(first, ticket, "override", **values)
    confirm(first, ticket, "override", **values)

    assert Override.objects.get().most_minor == 700


@pytest.mark.parametrize(("level", "made"), [("first", 0), ("second", 1)])
def test_only_the_second_line_handles_secrets_and_roles(client: Client, world: World, level: str, made: int):
    User.objects.filter(pk=world.agent.pk).update(agent_level=level)
    world.agent.refresh_from_db()

    client.post("/settings/api-keys/sunset/", {"name": "Mine", "lasts_days": "30"})
    client.post("/people/sunset/invite/", {"email": "friend@example.com", "role": "manager"})

    assert (ApiKey.objects.count(), Invitation.objects.count()) == (made, made)
    assert access.may_at(world.agent, Right.CONNECT, world.charger) == bool(made)
    assert client.get("/chargers/CP1/").status_code == 200


def test_the_second_line_sets_a_level_with_a_reason(client: Client, world: World):
    other = User.objects.create(email="new@example.com", is_agent=True)
    page = f"/admin/authorization/user/{other.pk}/change/"

    without = client.post(page, {"agent_level": "first", "reason": ""})
    client.post(page, {"agent_level": "first", "reason": "She begins on Monday."})

    other.refresh_from_db()
    assert (without.status_code, other.agent_level) == (200, "first")
    entry = AuditEntry.objects.get(verb="user.level_changed")
    assert (entry.after, entry.reason) == ({"agent_level": "first"}, "She begins on Monday.")
    assert "First line" in shown(client, page)


def test_nobody_sets_their_own_level_and_the_first_line_none(first: Client, world: World):
    other = User.objects.create(email="new@example.com", is_agent=True)

    for user in (other, world.agent, world.owner):
        first.post(f"/admin/authorization/user/{user.pk}/change/", {"agent_level": "second", "reason": "Mine."})

    world.agent.refresh_from_db()
    assert world.agent.agent_level == "first"
    assert not AuditEntry.objects.filter(verb="user.level_changed").exists()
