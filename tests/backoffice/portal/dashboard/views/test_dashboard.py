"""Dashboard: what needs me, and am I earning?"""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from authorization.decide import reasons
from authorization.models import Decision
from backoffice.portal.dashboard import dashboard
from billing.models import Payout, RateVersion, Session
from billing.payments.books import statements
from billing.payments.books.figures import Figures
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.sessions.refunds import refunds
from chargers.models import Charger, Licence, Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.dashboard_pages import offline, online, page, priced, rows_behind
from tests.kit.payouts import IBAN, Books
from tests.kit.world import make_charger, tap

__all__ = ["online", "priced"]
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(("who", "sees"), [("owner", True), ("teammate", True), ("stranger", False), ("agent", True)])
def test_it_counts_what_the_viewer_may_see_only(priced, client_of, who, sees):
    charging.charge(priced.charger)
    offline(priced.charger, minutes=20)

    text = page(client_of(getattr(priced, who)))

    assert ("SUN001" in text) is sees
    assert ("$9.00" in text) is sees
    assert ("Nothing needs you." in text) is not sees


def test_it_says_that_nothing_needs_me(online, client_of):
    assert "Nothing needs you." in page(client_of(online.owner))


def test_a_charger_without_a_line_for_some_minutes_is_not_called_online(online, client_of):
    offline(online.charger, minutes=5)

    assert "No charger is faulted or has been offline for more than 15 minutes" in page(client_of(online.owner))


def test_it_leaves_out_retired_chargers(online, client_of):
    offline(online.charger, minutes=600)
    Charger.objects.update(retired_at=datetime.now(tz=UTC))

    assert "Nothing needs you." in page(client_of(online.owner))


@pytest.mark.parametrize(("days", "shown"), [(-2, True), (29, True), (32, False)])
def test_it_shows_licences_that_end_within_30_days(online, client_of, days, shown):
    Licence.objects.update(expires_on=datetime.now(tz=UTC).date() + timedelta(days=days))
    client = client_of(online.owner)

    text = page(client)

    assert ("1 licence ends" in text) is shown
    if shown:
        assert "SUN001" in rows_behind(client, text, "1 licence ends")


def test_it_shows_refusals_that_are_repeated_at_one_charger(online, client_of):
    other = make_charger(online.site, "CP2", station_id="SUN002")
    Charger.objects.update(connection_id=uuid.uuid4())
    for _ in range(3):
        tap(online.charger, "DEADBEEF", at=datetime.now(tz=UTC) - timedelta(hours=2))
    tap(other, "DEADBEEF")
    client = client_of(online.owner)

    text = page(client)

    rows = rows_behind(client, text, "3 refusals")
    assert rows.count("Why?</a>") == 3
    assert "SUN002" not in text
    assert "in 1 hour" not in text


def test_it_says_when_they_are_repeated_right_now_and_what_helps(online, client_of):
    for hours in (3, 2, 0, 0, 0, 0):
        tap(online.charger, "DEADBEEF", at=datetime.now(tz=UTC) - timedelta(hours=hours))
    client = client_of(online.owner)

    text = page(client)

    assert rows_behind(client, text, "4 refusals in 1 hour").count("Why?</a>") == 4
    assert text.count("refusals") == 1
    assert "6 in the last 7 days" in text
    assert reasons.get("token_unknown").host.next_steps[0].text in text


def test_it_shows_sessions_that_are_held_for_review(priced, client_of):
    held = charging.charge(priced.charger, wh=9_000_000)
    client = client_of(priced.owner)

    text = page(client)

    assert str(held.pk) in rows_behind(client, text, "1 session held for review")


def test_it_adds_up_what_was_earned_by_currency(priced, client_of):
    euro = make_charger(priced.site, "CP2", station_id="SUN002")
    charging.assign(charging.make_rate(priced.host, slug="euro", currency="EUR"), priced.site, "member", charger=euro)
    charging.charge(priced.charger)
    charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=5), wh=10_000)
    in_euro = charging.charge(euro)
    charging.charge(priced.charger, at=YESTERDAY - timedelta(days=40))
    client = client_of(priced.owner)

    text = page(client)

    assert "€9.00" in text
    assert "with tax, less refunds, by members and others who did not pay by card" in text
    assert rows_behind(client, text, "$14.00").count('<tr class="row-opens">') == 2
    assert str(in_euro.pk) in rows_behind(client, text, "€9.00")


@pytest.mark.parametrize("audience", ["guest", "member"])
def test_the_list_behind_a_sum_adds_up_to_it_or_names_the_difference(priced, client_of, audience):
    """Tax, a fee that the host bears, a refund, and one of a session that was settled before these days."""
    taxed = charging.PLAIN | {
        "processing_fee": "0.30",
        "processing_paid_by": "host",
        "tax": {"mode": "inclusive", "rates": {"energy": "25", "connection": "25"}},
    }
    charging.assign(
        charging.make_rate(priced.host, slug="taxed", definition=taxed), priced.site, audience, charger=priced.charger
    )
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=60))
    make = charging.guest if audience == "guest" else charging.charge
    made = [make(priced.charger, at=YESTERDAY - timedelta(days=days)) for days in (40, 2, 0)]
    for session in made[:2]:
        refunds.send(charging.refund(session).pk, now=YESTERDAY)
    client = client_of(priced.owner)
    words, name = ("Earned", "collected") if audience == "guest" else ("Settled with the property", "own")
    text = page(client)
    link = re.search(rf'<a class="strong" href="([^"]+audience={name})">([^<]+)<', text)
    assert link

    behind = client.get(link[1].replace("&amp;", "&")).content.decode()

    bridge = behind[behind.index('id="bridge"') :]
    parts = [minor(amount) for amount in re.findall(r"<dd>(−?\$[\d,.]+)</dd>", bridge)]
    assert f"<h2>{words}: {link[2]}</h2>" in bridge
    assert len(parts) > 2
    assert sum(parts) == minor(link[2])
    assert ("Given back of other sessions in these days" if audience == "guest" else "of other sessions") in bridge


def test_an_agent_reads_of_the_host_and_not_of_you(priced, client_of):
    charging.charge(priced.charger)
    charging.guest(priced.charger, at=YESTERDAY + timedelta(hours=5))
    agent, owner = client_of(priced.agent), client_of(priced.owner)
    month = f"/statements/sunset/USD/{statements.months(priced.host)[0].month:%Y-%m}/"

    assert "Owed to the hosts now" in page(agent)
    assert "the hosts collect it themselves, and the platform owes none of it" in page(agent)
    assert "Sunset Stays collects it itself" in agent.get(month).content.decode()
    for address in ("/", month):
        text = agent.get(address).content.decode()
        assert "you collect" not in text
        assert "to you" not in text
    assert "Owed to you now" in page(owner)
    assert "you collect it yourself" in owner.get(month).content.decode()


def test_an_account_that_waits_needs_somebody_before_anything_is_owed(online, client_of):
    scope = Scope(host=online.host, currency="USD")
    entered = bank_accounts.BankDetails(holder="Sunset Stays", iban=IBAN)
    bank_accounts.enter(scope, entered, by="user:owner@example.com", now=datetime.now(tz=UTC))

    text = page(client_of(online.owner))

    assert "Nothing needs you." not in text
    assert "that owner@example.com entered waits for a second person" in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("held", "$40.00, not sent yet. It is held for review: odd."),
        ("in_transit", "$40.00, sent on 3 March 2026; expected at your bank by 5 March 2026."),
    ],
)
def test_money_on_its_way_is_shown_until_it_arrives(priced, client_of, state, sentence):
    known = Books(host=priced.host, place=priced.site, charger=priced.charger)
    sent_at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    payout = Payout.objects.create(
        id=uuid.uuid4(), host=priced.host, currency="USD", number=12, agreement=known.agree(), state=state,
        begins_at=sent_at - timedelta(days=30), ends_at=sent_at, created_at=sent_at, time_zone="UTC",
        moved_minor=4000, amount_minor=4000, hold_reason="odd.", way="bank_file", bank_account=known.bank(),
        calculated_at=sent_at, submitted_at=sent_at if state == "in_transit" else None, expected_on=date(2026, 3, 5),
    )  # fmt: skip
    client = client_of(priced.owner)

    loaded = client.get("/dashboard/next-payouts/").text
    assert f">P-000012</a>, {sentence}" in loaded
    assert "P-000012" not in client_of(priced.stranger).get("/dashboard/next-payouts/").text

    Payout.objects.filter(pk=payout.pk).update(state="paid", paid_at=sent_at, submitted_at=sent_at)
    assert "P-000012" not in client.get("/dashboard/next-payouts/").text


def minor(text):
    return round(float(text.replace("−", "-").replace("$", "").replace(",", "")) * 100)


def test_it_keeps_what_employers_pay_back_apart(priced, client_of):
    charging.guest(priced.charger)
    at_home = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=5), wh=10_000)
    Session.objects.filter(pk=at_home.pk).update(audience="reimbursement")
    client = client_of(priced.owner)

    text = page(client)

    assert str(at_home.pk) not in rows_behind(client, text, "$9.00")
    assert str(at_home.pk) in rows_behind(client, text, "$5.00")


def test_home_charging_is_of_the_month_in_which_it_ended_by_the_clock_of_its_property(priced, client_of):
    """As on the page of home charging and on the employer's invoice: settled in November, it was October's."""
    first = datetime.now(tz=NEW_YORK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    at_home = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=5), wh=10_000)
    Session.objects.filter(pk=at_home.pk).update(
        audience="reimbursement",
        stopped_at=first - timedelta(minutes=30),  # in UTC it is the next month
        settled_at=first + timedelta(minutes=5),
    )
    client = client_of(priced.owner)

    before, this = (client.get("/", {"period": code}).content.decode() for code in ("last_month", "month"))

    assert "employers pay it back" in before
    assert str(at_home.pk) in rows_behind(client, before, "$5.00")
    assert "employers pay it back" not in this


def test_it_adds_up_the_energy_of_settled_sessions_also_of_free_ones(priced, client_of):
    free = make_charger(
        Property.objects.create(host=priced.host, slug="free", name="Free", time_zone="UTC"), "CP2", station_id="FREE1"
    )
    priced.group.properties.add(free.property)
    charging.charge(priced.charger)
    charging.charge(free, wh=5_000)
    client = client_of(priced.owner)

    text = page(client)

    assert Session.objects.filter(state="settled").count() == 2
    assert rows_behind(client, text, "25.000 kWh").count('<tr class="row-opens">') == 2


def test_it_gives_the_share_of_starts_that_were_allowed(priced, client_of):
    charging.charge(priced.charger)
    charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=4))
    charging.start(priced.charger, uid="DEADBEEF", at=YESTERDAY - timedelta(hours=8))
    client = client_of(priced.owner)

    text = page(client)

    assert Decision.objects.filter(kind="start").count() == 3
    assert "2 of 3" in text
    assert rows_behind(client, text, "66.7 %").count("Why?</a>") == 3
    assert rows_behind(client, text, "refused ones").count("Why?</a>") == 1


def test_it_says_how_many_more_there_are_than_it_names(online, client_of):
    for number in range(12):
        charger = make_charger(online.site, f"OFF{number:02}", station_id=f"OFF{number:02}")
        offline(charger, minutes=60 - number)
        if number < 7:
            for _ in range(3):
                tap(charger, "DEADBEEF")
    client = client_of(online.owner)

    text = page(client)

    assert 'href="/attention/">2 more, show all</a>' in text
    assert '<a href="/authorization/decisions/?verdict=refused&amp;days=7">and 2 more causes of refusals</a>' in text
    assert "OFF11" not in text
    assert "OFF11" in client.get("/attention/").text
    assert "OFF11" in rows_behind(client, text, "12 offline")


@pytest.mark.parametrize("state", ["certificate_ends", "used_twice"])
def test_the_lists_behind_more_bear_their_filter(online, client_of, state):
    assert "No charger matches" in client_of(online.owner).get("/chargers/", {"state": state}).text


@pytest.mark.parametrize("path", ["/", "/chargers/", "/chargers/CP1/", "/chargers/CP1/logs/", "/sessions/"])
def test_every_page_that_polls_has_a_place_to_say_that_it_is_disconnected(online, client_of, path):
    text = client_of(online.owner).get(path).text

    assert 'hx-trigger="every' in text
    assert '<div role="status" data-offline><p class="notice notice-warn" hidden>Disconnected, retrying.' in text


def test_the_head_of_a_charger_refreshes_by_itself(online, client_of):
    client = client_of(online.owner)
    assert 'hx-get="/chargers/CP1/head/"' in client.get("/chargers/CP1/logs/").text
    assert "no message yet" in client.get("/chargers/CP1/head/").text

    Charger.objects.update(last_message_at=datetime.now(tz=UTC))

    assert "data-ago>now</time>" in client.get("/chargers/CP1/head/").text
    assert client_of(online.stranger).get("/chargers/CP1/head/").status_code == 404


def test_it_says_so_when_nothing_was_earned_and_nobody_started(online, client_of):
    text = page(client_of(online.owner))

    assert "No session was settled with a price." in text
    assert "Nobody asked to start." in text


def test_its_query_count_does_not_grow(priced, client_of, django_assert_num_queries):
    client = client_of(priced.owner)
    counts = []
    for number in range(3):
        charger = make_charger(priced.site, f"MORE{number}", station_id=f"MORE{number}")
        charging.charge(charger)
        charging.charge(charger, at=YESTERDAY - timedelta(hours=6), wh=9_000_000)
        offline(charger, minutes=60)
        with django_assert_num_queries(50) as seen:
            page(client)
        counts.append(len(seen))
    assert len(set(counts)) == 1


@pytest.mark.parametrize(("code", "title"), [("30d", "Last 30 days"), ("month", "This month"), ("year", "This year")])
def test_a_period_is_chosen_and_compared_with_the_one_before(priced, client_of, code, title):
    text = client_of(priced.owner).get("/", {"period": code}).content.decode()

    assert f'<a href="?period={code}" aria-current="page">{title}</a>' in text
    assert "compared with" in text


def test_what_was_earned_before_stands_beside_it(priced, client_of):
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=60))
    charging.guest(priced.charger)
    charging.guest(priced.charger, at=YESTERDAY - timedelta(days=40))
    client = client_of(priced.owner)

    rows = re.findall(r"<tr>(.*?)</tr>", page(client), re.DOTALL)

    earned = next(row for row in rows if "<strong>Earned</strong>" in row)
    assert earned.count("$9.00") == 2
    last_month = client.get("/", {"period": "last_month"}).content.decode()
    assert "Owed to you now" in last_month
    assert "$18.00" in last_month[last_month.index('id="now"') :]


def test_the_figures_of_the_dashboard_are_those_of_the_statement_and_the_api(priced, client_of):
    """A whole month: the same amounts on the dashboard, on the statement's page and from the API."""
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=60))
    last_month = datetime.now(tz=NEW_YORK).replace(day=1, hour=12) - timedelta(days=3)
    for hours in (0, 30):
        charging.guest(priced.charger, at=last_month - timedelta(hours=hours))
    charging.refund(Session.objects.order_by("id").first())
    client = client_of(priced.owner)

    dashboard = client.get("/", {"period": "last_month"}).content.decode()
    figures = re.search(r"<strong>Earned</strong></th><td[^>]*><a[^>]*>([^<]+)<", dashboard)

    assert figures
    statement = client.get(f"/statements/sunset/USD/{last_month:%Y-%m}/").content.decode()
    assert f"<dt>Earned</dt><dd><strong>{figures[1]}</strong>" in statement


def test_the_next_payout_is_loaded_after_the_page(priced, client_of):
    charging.guest(priced.charger)
    client = client_of(priced.owner)

    assert 'hx-get="/dashboard/next-payouts/" hx-trigger="load"' in page(client)
    loaded = client.get("/dashboard/next-payouts/").content.decode()
    assert 'href="/payouts/sunset/"' in loaded or "No payout is expected" in loaded
    assert "sunset" not in client_of(priced.stranger).get("/dashboard/next-payouts/").content.decode()


def test_it_does_not_say_that_money_can_be_paid_to_a_refused_account(priced, client_of):
    charging.guest(priced.charger)
    known = Books(host=priced.host, place=priced.site, charger=priced.charger)
    account = known.bank()
    bank_accounts.refuse(account, code="account_closed", now=datetime.now(tz=UTC))

    text = " ".join(client_of(priced.owner).get("/").content.decode().split())

    assert "The share of Sunset Stays waits: the IBAN ending 3000 is refused by the bank." in text
    assert "can be paid out" not in text


def test_what_was_earned_is_compared_before_fees_which_are_booked_with_the_payout():
    books = Figures(currency="USD", earned_minor=10_000)
    paid_out = Figures(currency="USD", earned_minor=4_000, fees_minor=1_000)
    nothing = Figures(currency="USD")

    def change(current, before):
        return dashboard.Money(figures=current, before=before, standing=nothing).change

    assert change(books, paid_out) == "up 100 %, before fees"
    assert change(paid_out, books) == "down 50 %, before fees"
    assert change(books, books) == "as before"
    assert change(books, nothing) == ""
