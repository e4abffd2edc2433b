"""What each act gives away, and that several together do not pass the limit."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ApiKey, User
from billing.models import LateStop, Override, PlanVersion, Receipt, Receivable, Refund, Session
from billing.sessions.allowances import first_line
from billing.sessions.allowances.first_line import LimitError
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.lifecycle import lifecycle, overrides
from billing.sessions.lifecycle.overrides import OverrideRequest as Ordered
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.acts import driver_accounts
from billing.sessions.plans.catalogue import PlanTerms
from billing.sessions.processor_reports import acts as case_acts
from billing.sessions.refunds.acts import refunds
from billing.sessions.refunds.refunds import RefundRequest
from billing.sessions.settlement import late_stops, reviews
from billing.sessions.settlement.acts import sessions
from chargers.models import Property
from tests.kit import charging
from tests.kit.tools import connect
from tests.kit.world import World


@pytest.fixture
def first(world: World, settings) -> User:
    """An agent of the first line, who gives away up to 5 dollars; guests pay 9 for a session."""
    settings.FIRST_LINE_REFUNDS_UP_TO = 5
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return User.objects.create(email="first@example.com", is_agent=True, agent_level="first")


def now() -> datetime:
    return datetime.now(tz=UTC)


def wanted(amount_minor: int) -> RefundRequest:
    facts = {"reason": Refund.Reason.GOODWILL, "fault": Refund.Fault.HOST, "explanation": "Sorry."}
    return RefundRequest(amount_minor=amount_minor, **facts)


def give(amount_minor: int, *, by: User | ApiKey) -> Refund:
    return refunds.give(
        Receipt.objects.get(kind="receipt"), wanted(amount_minor), by=by, confirm_repeat=True, now=now()
    )


def test_two_refunds_below_the_limit_do_not_pass_it_together(world: World, first: User):
    charging.guest(world.charger)
    give(300, by=first)

    with pytest.raises(LimitError, match=r"at most 5\.00 USD .* 3\.00 USD before it 6\.00 USD"):
        give(300, by=first)
    give(300, by=world.agent)

    assert Refund.objects.count() == 2


def test_a_refused_refund_that_is_sent_again_counts_like_a_new_one(world: World, first: User):
    charging.guest(world.charger)
    refused = give(300, by=first)
    Refund.objects.update(state="refused")
    refused.parts.update(state="refused")
    give(300, by=first)

    for act in (
        lambda: refunds.send_again(Refund.objects.get(pk=refused.pk), reason="R", by=first, now=now()),
        lambda: refunds.give_otherwise(Refund.objects.get(pk=refused.pk), note="In cash", by=first, now=now()),
    ):
        with pytest.raises(LimitError, match=r"6\.00 USD"):
            act()


def test_a_held_session_is_waived_up_to_what_it_would_have_cost(world: World, first: User, settings):
    """5 kWh were plausible, 3.00: what the register says beside it was never owed."""
    session = charging.held_after_a_jump(world.charger)
    credible = first_line.credible_minor(reviews.offers(session))
    settings.FIRST_LINE_REFUNDS_UP_TO = credible // 100 - 1
    with pytest.raises(LimitError):
        sessions.waive(session, reason="R", by=first, now=now())

    settings.FIRST_LINE_REFUNDS_UP_TO = credible // 100 + 1

    assert sessions.waive(session, reason="R", by=first, now=now())


def test_a_held_session_is_not_billed_lower_and_refunded_beyond_the_limit(world: World, first: User, settings):
    session = charging.held_after_a_jump(world.charger)
    credible = first_line.credible_minor(reviews.offers(session))
    settings.FIRST_LINE_REFUNDS_UP_TO = (credible - 300) // 100 - 1
    review = {"choice": "last_trusted", "expected_minor": 300, "readings_checked": False, "now": now()}
    with pytest.raises(LimitError):
        sessions.review(session, **review, by=first)

    settings.FIRST_LINE_REFUNDS_UP_TO = (credible - 300) // 100 + 1
    sessions.review(session, **review, by=first)

    with pytest.raises(LimitError):
        give(250, by=first)


def test_a_debt_is_given_up_below_the_limit_with_what_was_refunded(world: World, first: User):
    session = charging.guest(world.charger)
    owed = charging.receivable(session, amount_minor=400)
    refund = charging.refund(session, amount_minor=200)
    owed.refresh_from_db()
    Receivable.objects.filter(pk=owed.pk).update(state="open", reduced_minor=0, closed_at=None)
    owed.refresh_from_db()
    assert refund.state in {"done", "sending", "checking"}

    with pytest.raises(LimitError, match=r"4\.00 USD, with the 2\.00 USD"):
        case_acts.give_up(owed, reason="R", by=first, now=now())

    owed.refresh_from_db()
    assert owed.state == "open"


def test_a_late_stop_is_left_below_the_limit(world: World, first: User, settings):
    """9.00 were billed for 20 kWh; then the charger reported 23: 1.20 more."""
    settings.FIRST_LINE_REFUNDS_UP_TO = 1
    session = charging.guest(world.charger)
    row, came = session.transaction, charging.YESTERDAY + timedelta(hours=5)
    assert row is not None
    row.meter_stop_wh, row.stop_received_at = 24_000, came
    row.save()
    lifecycle.stop(row)
    Session.objects.filter(pk=session.pk).update(late_stop_at=came)
    late_stops.catch_up(now=came)

    with pytest.raises(LimitError, match=r"1\.20 USD"):
        sessions.leave_difference(session, by=first, now=now())
    sessions.leave_difference(session, by=world.agent, now=now())

    assert LateStop.objects.get().outcome == "left"


def test_a_plan_is_refunded_below_the_limit(world: World, first: User):
    refund = charging.refused_of_plan(world.host)
    with pytest.raises(LimitError, match="of a plan"):
        case_acts.give_plan_refund_otherwise(refund.pk, note="By transfer", by=first, now=now())


def test_a_plan_ends_at_once_below_the_limit(world: World, first: User):
    driver = accounts.of_user(
        User.objects.create_user("sub@example.com", None, sees_portal=False), language="en", now=now()
    )
    card = payment_cards.save(driver, card="4242424242424242", return_url="http://x/CARD", now=now())
    offer = PlanTerms(fee_minor=990, currency="USD", proration=PlanVersion.Proration.FULL)
    subscription = subscriptions.subscribe(
        driver, catalogue.make(world.host, name="N", offer=offer, now=now()).plan, card=card, now=now()
    ).subscription

    with pytest.raises(LimitError, match="of a plan"):
        driver_accounts.end_plan(subscription, is_at_once=True, by=first, now=now())
    driver_accounts.end_plan(subscription, is_at_once=False, by=first, now=now())

    subscription.refresh_from_db()
    assert subscription.ends_at_period_end


def test_two_overrides_of_a_ticket_do_not_pass_the_limit_together(world: World, first: User):
    connect()
    overrides.order(ordered(world, most_minor=300), by="user:first@example.com", now=now())

    refused = first_line.obstacle(first, lambda: first_line.of_override(ordered(world, most_minor=300)))

    assert "3.00 USD before it 6.00 USD" in refused
    assert first_line.left_of_ticket("T-1", currency="USD") == 200
    assert not first_line.obstacle(first, lambda: first_line.of_override(ordered(world, most_minor=200)))


def ordered(world: World, *, most_minor: int) -> Ordered:
    return Ordered(
        charger=world.charger,
        evse_number=1,
        payer=Override.Payer.PLATFORM,
        most_wh=5000,
        most=timedelta(hours=1),
        most_minor=most_minor,
        starts_before=now() + timedelta(minutes=15),
        reason="R",
        ticket="T-1",
    )


@pytest.mark.parametrize(("maker", "is_limited"), [("first", True), ("agent", False), (None, False)])
def test_an_agents_key_has_the_limit_of_whom_it_acts_for(
    world: World, first: User, maker: str | None, is_limited: bool
):
    charging.guest(world.charger)
    person = {"first": first, "agent": world.agent, None: None}[maker]
    key = ApiKey.objects.create_key(name="k", is_agent=True, made_by=person)[0]

    if is_limited:
        with pytest.raises(LimitError):
            give(600, by=key)
    else:
        assert give(600, by=key).total_minor == 600
