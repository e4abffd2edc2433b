"""Statements: what a host is owed, month by month, for those who see money."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from billing.charts import bars
from billing.charts.bars import Sales
from billing.models import Hold, ProcessorTransaction, RateAssignment, Receipt, Refund
from billing.payments.books import ledger, statements
from billing.payouts.bank_lines.by_hand import clearing
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.cycle import cycle
from chargers.models import Property
from tests.kit import charging
from tests.kit.bank_lines import Line, brought
from tests.kit.charging import YESTERDAY
from tests.kit.payouts import Books
from tests.kit.statements_pages import earned, month, text_of
from tests.kit.world import make_user

__all__ = ["earned"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
AT = YESTERDAY if YESTERDAY.day not in {1, 2, 28, 29, 30, 31} else YESTERDAY - timedelta(days=5)
"""Not at the edge of a month."""
AFTER = datetime.now(tz=UTC) + timedelta(days=40)


def test_the_lines_of_a_payout_have_the_numbers_of_the_documents(earned, client_of):
    own = Books(host=earned.host, place=earned.site, charger=earned.charger)
    own.agree(cycle="manual", valid_from=AT - timedelta(days=60))
    own.bank(at=AT - timedelta(days=60))
    hold = Hold.objects.get(state="captured")
    ProcessorTransaction.objects.create(
        processor=hold.processor, ref="txn_paid", kind="payment", payment_ref=hold.processor_ref, amount_minor=900,
        fee_minor=0, net_minor=900, currency="USD", source_ref="py_1", made_at=AT, available_at=AT, match="unknown",
        seen_at=AT,
    )  # fmt: skip
    payout = cycle.close(own.scope, until=AFTER, now=AFTER)

    text = client_of(earned.owner).get(f"/payouts/one/{payout.pk}/lines.csv").content.decode("utf-8-sig")

    rows = {row["kind"]: row for row in csv.DictReader(io.StringIO(text)) if row["kind"].startswith("re")}
    receipt = Receipt.objects.get(kind=Receipt.Kind.RECEIPT)
    assert (rows["receipt.issued"]["document"], rows["receipt.issued"]["document_id"]) == (
        receipt.label,
        str(receipt.pk),
    )
    given = next(row for kind, row in rows.items() if kind.startswith("refund"))
    assert given["document"] == str(Refund.objects.get().credit_note)


def test_it_goes_from_the_months_to_each_line(earned, client_of):
    client = client_of(earned.owner)

    assert client.get("/statements/")["Location"] == "/statements/sunset/"
    months = text_of(client.get("/statements/sunset/"))
    told = client.get(f"/statements/sunset/USD/{month()}/")

    assert "$7.00" in months
    page = text_of(told)
    assert all(
        part in page
        for part in (
            "Sessions, without tax and card processing by their rates",
            "$9.00",
            "Refunds borne by the host",
            "−$2.00",
        )
    )
    session = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT).get().session_id
    assert told.content.decode().count(f"/sessions/{session}/") == 2, "each line leads to its session"


def test_an_open_month_ends_now_and_not_in_the_future(world, client_of):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger, at=datetime.now(tz=UTC) - timedelta(hours=3))
    this = statements.months(world.host)[0]

    told = client_of(world.owner).get(f"/statements/sunset/USD/{this.month:%Y-%m}/lines.csv")

    *_, closing = csv.DictReader(io.StringIO(told.getvalue().decode("utf-8-sig")))
    assert datetime.fromisoformat(closing["posted_at"]) <= datetime.now(tz=UTC)
    assert closing["text"] == "Owed to Sunset Stays now, the month is still open"


def test_a_month_in_the_future_is_a_404(earned, client_of):
    client = client_of(earned.owner)

    assert client.get("/statements/sunset/USD/2199-01/").status_code == 404
    assert client.get("/statements/sunset/USD/2199-01/lines.csv").status_code == 404


def test_a_month_that_there_is_not_is_a_404(earned, client_of):
    client = client_of(earned.owner)

    for wrong in ("USD/2026-13/", "USD/0000-05/", "EUR/2026-03/", "x/2026-03/"):
        assert client.get(f"/statements/sunset/{wrong}").status_code == 404


def test_nobody_else_learns_what_a_host_is_owed(earned, client_of):
    client = client_of(earned.stranger)

    foreign, absent = client.get("/statements/sunset/"), client.get("/statements/nobody/")

    assert (foreign.status_code, foreign.content) == (404, absent.content)
    assert client.get(f"/statements/sunset/USD/{month()}/").status_code == 404
    assert client.get(f"/statements/sunset/USD/{month()}/lines.csv").status_code == 404


def test_it_says_so_where_the_role_sees_no_money(earned, client_of):
    client = client_of(make_user("operator@example.com", earned.host, "operator"))

    assert "Statements are not in your role" in text_of(client.get("/statements/"))
    assert client.get("/statements/sunset/").status_code == 404


def test_an_agent_chooses_whose(earned, client_of):
    page = client_of(earned.agent).get("/statements/").content.decode()

    assert "/statements/sunset/" in page


def test_its_query_count_does_not_grow(earned, client_of, django_assert_max_num_queries):
    client = client_of(earned.owner)
    for hours in range(3, 9):
        charging.charge(earned.charger, at=AT - timedelta(hours=hours * 3))

    with django_assert_max_num_queries(19):
        client.get(f"/statements/sunset/USD/{month()}/")


def test_it_writes_amounts_in_one_form(earned, client_of):
    host = earned.host
    movement = ledger.Movement(
        host=host,
        currency="USD",
        cause=ledger.Cause(type="receipt", id="0", kind="issued"),
        occurred_at=AT,
        lines={ledger.Code.HOST_PAYABLE: -1_080_200, ledger.Code.GUEST_RECEIVABLE: 1_080_200},
        memo="Receipt 2026-000001 over 10802.00 USD",
    )
    ledger.post(movement, now=AT)

    page = text_of(client_of(earned.owner).get(f"/statements/sunset/USD/{month()}/"))

    assert "over $10,802.00" in page
    assert re.findall(r"[0-9] USD", page) == []


def test_a_property_has_statements_of_its_own(earned, client_of):
    other = Property.objects.create(host=earned.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    client = client_of(earned.owner)

    mine = text_of(client.get(f"/statements/sunset/USD/{month()}/?property=sunset-1"))

    assert "$7.00" in mine
    assert "For one property" in mine
    assert client.get(f"/statements/sunset/USD/{month()}/?property={other.slug}").status_code == 404
    assert client.get("/statements/sunset/?property=sunset-2").status_code == 200
    assert client.get("/statements/sunset/?property=elsewhere").status_code == 404
    assert "All of Sunset Stays" in text_of(client.get("/statements/sunset/"))


def test_it_draws_what_was_sold_with_its_table(earned, client_of):
    page = text_of(client_of(earned.owner).get(f"/statements/sunset/USD/{month()}/"))

    assert "What was sold" in page
    assert '<th scope="row">Energy</th><td class="num nowrap">$8.00</td>' in page
    assert '<th scope="row">Connection</th><td class="num nowrap">$1.00</td>' in page


TAXED = {"energy": "8.25", "connection": "8.25"}


def sold_bars(page: str) -> dict[str, int]:
    """The rows of the chart's table, in cents."""
    told = re.findall(r'<th scope="row">([^<]+)</th><td class="num nowrap">(−?)\$([\d.,]+)</td>', page)
    return {label: (-1 if sign else 1) * int(re.sub(r"\D", "", amount)) for label, sign, amount in told}


def test_what_was_sold_adds_up_to_what_was_charged_with_tax(world, client_of):
    Property.objects.update(access="guest")
    for number, mode in enumerate(("inclusive", "exclusive")):
        definition = charging.PLAIN | {"tax": {"mode": mode, "rates": TAXED}}
        rate = charging.make_rate(world.host, slug=mode, definition=definition)
        RateAssignment.objects.all().delete()
        charging.assign(rate, world.site, "guest", "member")
        at = AT.replace(hour=1) + timedelta(hours=8 * number)
        charging.guest(world.charger, at=at, wh=20_007)
        charging.charge(world.charger, at=at + timedelta(hours=4))
    client = client_of(world.owner)

    page = text_of(client.get(f"/statements/sunset/USD/{month()}/"))
    of_place = text_of(client.get(f"/statements/sunset/USD/{month()}/?property=sunset-1"))

    sold = sold_bars(page)
    charged = sold.pop("Charged, with tax")
    assert set(sold) == {"Energy", "Connection"}
    assert sum(sold.values()) == charged == 900 + 974
    assert "<dt>Charged, with tax</dt><dd>$18.74</dd>" in page, "the figure that it adds up to"
    assert "Settled with the property" in page, "and what the host collects itself is in neither"
    assert sold_bars(of_place) == {**sold, "Charged, with tax": charged}


def test_what_was_sold_leaves_refunds_out(earned, client_of):
    receipt = Receipt.objects.get(kind="receipt")
    client = client_of(earned.owner)

    before = sold_bars(text_of(client.get(f"/statements/sunset/USD/{month()}/")))

    assert before == {"Energy": 800, "Connection": 100, "Charged, with tax": 900}
    assert receipt.rating.total_minor == 900, "the refund is no part of it"


def test_what_was_sold_in_a_year_is_the_sum_of_what_its_months_show(world, client_of):
    """Half a cent of two lines in each of three months: rounded by month, and then added."""
    Property.objects.update(access="guest")
    definition = charging.PLAIN | {"tax": {"mode": "exclusive", "rates": TAXED}}
    rate = charging.make_rate(world.host, slug="exclusive", definition=definition)
    charging.assign(rate, world.site, "guest", "member")
    for number, wh in enumerate((20_007, 11_013, 7_019)):
        charging.guest(world.charger, at=AT.replace(hour=1) + timedelta(hours=8 * number), wh=wh)
    year = AT.year
    account = statements.Account(host=world.host, currency="USD")
    edges = [datetime(year, 1, 1, tzinfo=UTC), AT.replace(hour=8), AT.replace(hour=16)]
    months = [
        Sales(hosts=[world.host.pk], currency="USD", begins_at=begin, ends_at=end)
        for begin, end in pairwise([*edges, datetime(year + 1, 1, 1, tzinfo=UTC)])
    ]
    whole = Sales(hosts=[world.host.pk], currency="USD", begins_at=edges[0], ends_at=months[-1].ends_at, edges=edges)

    shown: Counter[str] = Counter()
    for one in months:
        chart = bars.by_kind(one)
        shown.update({bar.label: cents(bar.amount) for bar in (chart.bars if chart else ())})

    of_year = bars.by_kind(whole)
    assert {bar.label: cents(bar.amount) for bar in of_year.bars} == dict(shown)
    found = statements.period(account, begins=date(year, 1, 1), kind=statements.Kind.YEAR)
    starts = statements.month_starts(found)
    assert [one.astimezone(ZoneInfo(found.zone)).strftime("%d.%m.") for one in starts] == [
        f"01.{number:02d}." for number in range(1, 13)
    ]


def cents(amount: str) -> int:
    return int(re.sub(r"\D", "", amount))


def test_a_bank_payment_booked_for_the_host_has_a_name_of_its_own(earned, client_of):
    [line] = brought(Line(amount="12.34", currency="USD", text="Deposit"))
    target = Target(host=earned.host, code="host_payable", reason="A deposit.")
    clearing.post_line(line, target, by="user:agent@example.com", now=datetime.now(tz=UTC))
    today = datetime.now(tz=ZoneInfo("America/New_York"))

    page = text_of(client_of(earned.owner).get(f"/statements/sunset/USD/{today:%Y-%m}/"))

    assert "<dt>Bank payments booked for or against the host</dt><dd>$12.34</dd>" in page
    assert "<dt>Other, such as" not in page


def test_a_property_that_the_hosts_payouts_pay_is_owed_nothing_by_itself(earned, client_of):
    client = client_of(earned.owner)
    path = f"/statements/sunset/USD/{month()}/"
    own = path + "?property=sunset-1"

    page, file = text_of(client.get(own)), b"".join(client.get(f"{path}lines.csv?property=sunset-1")).decode()
    whole = text_of(client.get(path))
    assert "<dt>Earned before</dt>" in page
    assert "Owed" not in page
    assert "Earned at Sunset 1, before fees and payouts" in file
    assert "<dt>Opening balance</dt>" in whole
