"""Acts of people, called without a page: each asks permission itself, and writes who did it."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.members.acts import people
from authorization.models import AuditEntry, MobilityProvider
from authorization.people.access import NotAllowedError
from authorization.roaming import acts as providers
from authorization.tokens.acts import groups, tokens
from authorization.visits.acts import stays
from authorization.visits.stays import StayDetails
from billing.models import Receipt, Refund
from billing.pricing.rates.acts import assignments, rates
from billing.pricing.rates.catalogue import AssignmentScope
from billing.sessions.holds import acts as hold_policy_acts
from billing.sessions.processor_reports import acts as case_acts
from billing.sessions.refunds.acts import refunds
from billing.sessions.refunds.refunds import RefundRequest as WantedRefund
from billing.sessions.settlement.acts import sessions
from chargers.acts import fleet, local_lists, properties, registration, security
from chargers.models import Charger, Property
from tests.kit import charging

pytestmark = pytest.mark.django_db


def at():
    return datetime.now(tz=UTC)


def host_acts(world):
    """What a manager of the host may do, and neither a reader nor the owner of another host."""
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example")
    stay = StayDetails(
        property=world.site,
        unit=None,
        guest_name="Robin",
        guest_email="",
        reference="",
        arrives_at=at(),
        departs_at=at() + timedelta(days=1),
    )
    version = charging.make_rate(world.host)
    place = AssignmentScope(property=world.site, charger=None, audience="guest")
    accepted = Charger.Registration.ACCEPTED
    return {
        "admit": lambda by: properties.admit(world.site, access="guest", by=by, now=at()),
        "register": lambda by: registration.change(world.charger, after=accepted, by=by, reason="x", now=at()),
        "profile": lambda by: security.set_profile(world.charger, profile=2, by=by, now=at()),
        "retire": lambda by: fleet.retire(world.charger, reason="Sold", by=by, now=at()),
        "lists": lambda by: local_lists.choose(world.charger, choice="on", by=by, now=at()),
        "block a provider": lambda by: providers.block(msp, world.host, reason="Unpaid", by=by, now=at()),
        "add a stay": lambda by: stays.add(stay, cards=["04FFEE0042"], by=by, now=at()),
        "add a card": lambda by: tokens.whitelist(
            "04FFEE0043", group=world.group, visual_number="", owner="", by=by, now=at()
        ),
        "block a card": lambda by: tokens.flag(world.member, valid=None, blocked=True, reason="Lost", by=by, now=at()),
        "invite": lambda by: people.invite(world.host, email="new@example.com", role="manager", by=by, now=at()),
        "assign a rate": lambda by: assignments.assign(version.rate, place, by=by, now=at()),
        "publish a rate": lambda by: rates.publish(
            version.rate, definition={"energy": [{"name": "all", "price": "0.99"}]}, valid_from=None, by=by, now=at()
        ),
        "holds": lambda by: hold_policy_acts.set_holds(world.site, None, by=by, now=at()),
        "delete a group": lambda by: groups.delete(world.group, by=by, now=at()),
    }


ACTS = (
    "admit", "register", "profile", "retire", "lists", "block a provider", "add a stay", "add a card", "block a card",
    "invite", "assign a rate", "publish a rate", "holds", "delete a group",
)  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_an_act_refuses_who_may_not_do_it(world, act, person):
    with pytest.raises(NotAllowedError):
        host_acts(world)[act](getattr(world, person))

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("act", [name for name in ACTS if name != "register"])
@pytest.mark.parametrize("person", ["owner", "agent"])
def test_an_act_writes_who_did_it(world, act, person):
    host_acts(world)[act](getattr(world, person))

    assert AuditEntry.objects.get().actor == f"user:{person}@example.com"


def test_every_act_of_the_table_is_tried(world):
    assert set(host_acts(world)) == set(ACTS)


@pytest.fixture
def paid(world):
    """A guest's session of 9.00 with its receipt."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


WISH = WantedRefund(
    lines=frozenset(),
    amount_minor=100,
    reason=Refund.Reason.GOODWILL,
    fault=Refund.Fault.HOST,
    explanation="Sorry.",
)


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_money_goes_back_only_by_who_handles_it(world, paid, person):
    receipt, by = Receipt.objects.get(), getattr(world, person)

    with pytest.raises(NotAllowedError):
        refunds.give(receipt, WISH, by=by, confirm_repeat=False, now=at())
    with pytest.raises(NotAllowedError):
        sessions.waive(paid, reason="x", by=by, now=at())

    assert not Refund.objects.exists()


def test_a_refund_is_given_without_a_page(world, paid):
    refund = refunds.give(Receipt.objects.get(), WISH, by=world.owner, confirm_repeat=False, now=at())

    assert (refund.state, refund.total_minor) == ("done", 100)
    assert AuditEntry.objects.get(verb="refund.asked").actor == "user:owner@example.com"


def test_what_is_owed_is_given_up_by_support_alone(world, paid):
    owed = charging.receivable(paid)

    with pytest.raises(NotAllowedError):
        case_acts.give_up(owed, reason="x", by=world.owner, now=at())
    case_acts.give_up(owed, reason="Small", by=world.agent, now=at())

    assert AuditEntry.objects.get(verb="receivable.given_up").reason == "Small"
