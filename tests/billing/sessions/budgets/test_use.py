"""What cards and groups used in a month: as the list of sessions says, with what runs."""

from datetime import UTC, date, datetime, timedelta

import pytest

from authorization.decide import budgets
from authorization.decide.budgets import Use, UseQuestion
from authorization.models import Token
from billing.models import RateVersion, Session
from billing.payments.books import session_totals
from billing.sessions.budgets import use
from billing.sessions.lifecycle import listing
from billing.sessions.lifecycle.filters import SessionFilter
from billing.sessions.refunds import refunds
from billing.sessions.settlement import settle
from chargers.models import Host, Property
from tests.kit import budgets as kit
from tests.kit import charging
from tests.kit.budgets import MARCH
from tests.kit.world import make_charger

HOUR = timedelta(hours=1)
UID = "04A1B2C3D4"


@pytest.fixture
def site(world):
    kit.price(world.host, world.site)
    return world


def ask(world, *, tokens=(), groups=(), month=date(2026, 3, 1), now=MARCH + 2 * HOUR, currencies=("USD",), **more):
    question = UseQuestion(
        host_id=world.host.pk,
        month=month,
        now=now,
        tokens=frozenset(token.pk for token in tokens),
        groups=frozenset(group.pk for group in groups),
        currencies=frozenset(currencies),
        **more,
    )
    return use.sum_use(question)


def of(world, token=None, **more):
    token = token or world.member
    told = ask(world, tokens=[token], **more).of_token(token.pk)
    return told.energy_wh, told.amount("USD")


def listed(world, uid, *, since, until):
    """What the list of sessions adds up to, filtered by card and days: its rows, and its totals less refunds."""
    data = {"q": uid, "since": since, "until": until}
    rows = SessionFilter(
        data, queryset=Session.objects.filter(host=world.host), properties=Property.objects.all(), zone="UTC", now=MARCH
    ).qs
    counted = listing.annotate_details(rows).exclude(state__in=session_totals.NOT_BILLED)
    energy = sum(s.energy_wh if s.energy_wh is not None else s.metered_wh or 0 for s in counted)
    totals = session_totals.calculate(rows)
    return energy, sum(sums.total_minor - sums.refunded_minor for sums in totals)


def second_card(world, uid="04FFEE0002"):
    card = Token.objects.create(host=world.host, uid=uid, canonical_uid=uid)
    card.groups.add(world.group)
    return card


def test_billing_answers_what_authorization_asks(world):
    assert budgets.decimals("JPY") == 0
    assert budgets.decimals("") == 3
    assert budgets.sum_use(UseQuestion(host_id=world.host.pk, month=date(2026, 3, 1), now=MARCH)).by_token == {}


def test_it_adds_up_what_the_list_of_sessions_shows_of_card_and_month(site):
    """Settled, refunded, held for review, running and of another month: both say the same."""
    kit.use(site.charger, UID, wh=5000, at=MARCH - timedelta(days=9))
    given_back = kit.use(site.charger, UID, wh=20_000, at=MARCH - timedelta(days=5))
    refunds.send(charging.refund(given_back, amount_minor=300).pk, now=MARCH)
    held = kit.use(site.charger, UID, wh=9_000_000, at=MARCH - timedelta(days=3))
    kit.use(site.charger, UID, wh=7000, at=MARCH - timedelta(days=20))
    kit.use(site.charger, second_card(site).uid, wh=4000, at=MARCH - timedelta(days=2))
    kit.run(site.charger, UID, wh=6000)

    assert held.state == "held"
    energy, amount = listed(site, UID, since="2026-03-01", until="2026-03-31")
    assert of(site) == (energy, amount + 340) == (31_000, 300 + 900 - 300 + 340), "1.00 and 6 kWh of the running one"


def test_what_runs_counts_with_its_register_and_its_cost_so_far(site):
    row = kit.run(site.charger, UID, wh=6000)
    assert of(site, now=MARCH + HOUR) == (6000, 340)

    charging.read(row, 1000 + 9500, at=MARCH + HOUR * 1.5)
    assert of(site) == (9500, 480)


def test_a_session_that_stopped_a_moment_ago_counts_before_it_is_priced(site):
    row = kit.run(site.charger, UID, wh=6000)
    row.refresh_from_db()
    row.stopped_at = row.stop_received_at = MARCH + HOUR
    row.meter_stop_wh = 1000 + 6100
    row.save()
    Session.objects.update(state="stopped", stopped_at=row.stopped_at)

    before = of(site)
    settle.catch_up(now=MARCH + HOUR + timedelta(seconds=5))

    assert before == of(site) == (6100, 344)


def test_a_session_without_a_price_counts_its_energy(world):
    kit.use(world.charger, UID, wh=1500)

    assert of(world) == (1500, 0)


def test_what_nobody_is_billed_for_does_not_count(site):
    kit.use(site.charger, UID, wh=5000)
    Session.objects.update(state="failed")

    assert of(site) == (0, 0)


def test_two_cards_of_a_group_at_once_count_together(site):
    other, outsider = second_card(site), Token.objects.create(host=site.host, uid="0X", canonical_uid="04FFEE0009")
    kit.run(site.charger, UID, wh=6000)
    kit.run(make_charger(site.site, "CP2", station_id="SUN002"), other.uid, wh=2000)
    kit.use(site.charger, outsider.canonical_uid, wh=50_000, at=MARCH - timedelta(days=2))

    told = ask(site, tokens=[site.member, other], groups=[site.group])

    assert told.of_group(site.group.pk).energy_wh == 8000
    assert told.of_group(site.group.pk).amount("USD") == 340 + 180
    assert [told.of_token(card.pk).energy_wh for card in (site.member, other)] == [6000, 2000]


def test_it_counts_the_sessions_of_a_car_that_the_card_pays_for(site):
    session = kit.use(site.charger, UID, wh=3000)
    Session.objects.filter(pk=session.pk).update(id_token="VID:AABBCCDDEEFF")

    assert of(site)[0] == 3000


def test_another_hosts_sessions_with_the_same_card_do_not_count(site):
    session = kit.use(site.charger, UID, wh=3000)
    Session.objects.filter(pk=session.pk).update(host=Host.objects.exclude(pk=site.host.pk).get())

    assert of(site) == (0, 0)


@pytest.mark.parametrize(
    ("began", "month"),
    [
        (datetime(2026, 3, 1, 4, 59, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 3, 1, 5, 1, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 4, 1, 3, 59, tzinfo=UTC), date(2026, 3, 1)),  # daylight saving time since 8 March
        (datetime(2026, 4, 1, 4, 1, tzinfo=UTC), date(2026, 4, 1)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2026, 12, 1)),
    ],
    ids=str,
)
def test_a_month_ends_at_midnight_of_the_propertys_clock(site, began, month):
    kit.use(site.charger, UID, wh=3000, at=began)

    counted = [first for first in (date(2026, n, 1) for n in range(1, 13)) if of(site, month=first)[0]]

    assert counted == [month]
    assert budgets.find_month(began, site.site.time_zone) == month


def test_properties_in_two_zones_end_the_month_each_by_its_own_clock(site):
    berlin = Property.objects.create(host=site.host, slug="b", name="Berlin", time_zone="Europe/Berlin")
    abroad = make_charger(berlin, "CP-B", station_id="BER001")
    at = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)  # 19:00 in New York, 01:00 of 1 April in Berlin
    kit.use(site.charger, UID, wh=3000, at=at)
    kit.use(abroad, UID, wh=500, at=at)

    march, april = of(site, month=date(2026, 3, 1)), of(site, month=date(2026, 4, 1))

    assert (march[0], april[0]) == (3000, 500)
    assert listed(site, UID, since="2026-03-01", until="2026-03-31")[0] == 3000


def test_a_late_report_is_judged_by_what_had_begun_by_then(site):
    kit.use(site.charger, UID, wh=3000, at=MARCH - timedelta(days=1))
    kit.use(site.charger, UID, wh=4000, at=MARCH + timedelta(days=1))

    assert of(site, began_by=MARCH)[0] == 3000
    assert of(site)[0] == 7000


def test_energy_alone_costs_one_query(site, django_assert_num_queries):
    kit.use(site.charger, UID, wh=5000)
    kit.run(site.charger, UID, wh=6000, at=MARCH + timedelta(days=1))

    with django_assert_num_queries(1):
        told = ask(site, tokens=[site.member], groups=[site.group], currencies=())

    assert told.of_token(site.member.pk) == Use(11_000, {"USD": 300})


def test_amounts_cost_one_query_where_nothing_runs(site, django_assert_num_queries):
    kit.use(site.charger, UID, wh=5000)

    with django_assert_num_queries(1):
        assert of(site) == (5000, 300)


def test_a_session_whose_tax_is_missing_counts_its_energy_and_refuses_no_tap(site):
    charging.assign(
        charging.make_rate(site.host, slug="taxed", definition={**charging.PLAIN, "tax": {"of": "property"}}), site.site
    )
    kit.run(site.charger, UID, wh=6000)
    Session.objects.update(rate_version=RateVersion.objects.get(rate__slug="taxed"))

    assert of(site) == (6000, 0)
