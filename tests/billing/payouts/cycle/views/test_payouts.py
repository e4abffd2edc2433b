"""Payouts in the portal: the next one, one of them with its bridge, its rows and its CSV, and the bank accounts."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from authorization.models import AuditEntry, User
from billing.models import BankAccount, Payout, ProcessorAccount
from billing.payouts.cycle import bridge, cycle
from billing.payouts.sending import by_processor, outcomes
from chargers.models import Property
from tests.kit.logging_in import after_log_in
from tests.kit.payouts import IBAN, Books
from tests.kit.payouts_pages import known, payout, text_of
from tests.kit.sent_payouts import opened
from tests.kit.world import PASSWORD, make_user

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_the_list_says_what_comes_next_and_what_is_not_in_it(known, world, client_of):
    known.bank()
    client = client_of(world.owner)

    assert client.get("/payouts/")["Location"] == "/payouts/sunset/"
    page = text_of(client.get("/payouts/sunset/"))

    assert "Next payout" in page
    assert "$10.00" in page
    assert "1 session, $5.00 owed for it after any refunds: not paid by the driver yet." in page
    assert "To the IBAN ending 3000." in page


def test_a_payouts_page_adds_up_and_opens_each_row(payout, world, client_of):
    client = client_of(world.owner)

    page = text_of(client.get(f"/payouts/one/{payout.pk}/"))
    rows = [row["kind"] for row in payout.bridge]

    assert rows == ["sessions", "tax", "timing_out"]
    for part in ("$17.85", "−$2.85", "−$5.00", "Not explained: $0.00", "Why this date", "IBAN ending 3000"):
        assert part in page
    shown = text_of(client.get(f"/payouts/one/{payout.pk}/timing_out/"))
    assert "$5.00" in shown
    assert text_of(client.get(f"/payouts/one/{payout.pk}/sessions/")).count("receipt issued") == 2
    assert client.get(f"/payouts/one/{payout.pk}/refunds/").status_code == 404


def test_what_rates_have_the_host_pay_is_named_and_adds_up_on_each_page(world, client_of):
    """1.91 of processing was once explained by 0.80: what the rates kept with each session had no name."""
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual", platform_fee_pct=Decimal(8), processing="actual")
    books.sale(278, by_rates=111, fee=80, at=NOW - timedelta(days=3))
    books.bank()
    payout = cycle.close(books.scope, until=NOW, now=NOW)
    client = client_of(world.owner)

    page = text_of(client.get(f"/payouts/one/{payout.pk}/"))
    processing = text_of(client.get(f"/payouts/one/{payout.pk}/processing/"))
    sessions = text_of(client.get(f"/payouts/one/{payout.pk}/sessions/"))

    assert "Card processing −$1.91" in page
    named = "Card processing that your rates have you pay −$1.11"
    assert named in page
    assert "8 % of $1.67 without tax and without $1.11 of card processing by your rates" in page
    assert [part in processing for part in ("−$1.91", named, "receipt issued −$1.11", "−$0.80")] == [True] * 4
    assert "Charged with tax $2.78" in sessions
    assert f"{named} Sum of the lines below $1.67" in sessions
    for row in payout.bridge:
        shown = bridge.postings(payout, row["kind"], own_places=set())
        steps = sum(bridge.sessions_net(payout)) if row["kind"] == "sessions" else 0
        assert sum(one.minor for one in shown) == row["amount_minor"] + steps, row["kind"]


def test_the_csv_has_every_posting_and_a_running_balance(payout, world, client_of):
    text = client_of(world.owner).get(f"/payouts/one/{payout.pk}/lines.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [(row["row"], row["amount"], row["balance"]) for row in rows] == [
        ("", "", "0.00"),
        ("sessions", "10.00", "10.00"),
        ("", "", "10.00"),
    ]
    assert rows[1]["session"]


def test_the_next_payout_says_what_it_is_made_of(known, world, client_of):
    known.bank()

    page = text_of(client_of(world.owner).get("/payouts/sunset/"))

    assert "What it is made of Charged for sessions that ended in the period" in page


def test_strangers_and_operators_see_no_payout(payout, world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")

    for person in (world.stranger, operator):
        assert client_of(person).get(f"/payouts/one/{payout.pk}/").status_code == 404
        assert client_of(person).get("/payouts/sunset/").status_code == 404


def test_an_account_is_entered_by_one_person_and_confirmed_by_another(known, world, client_of):
    finance = make_user("finance@example.com", world.host, "finance")
    owner, other = client_of(world.owner), client_of(finance)
    form = {"holder": "Sunset Stays", "iban": "DE89 3704 0044 0532 0130 00"}

    asked = owner.post("/payouts/sunset/accounts/", form)
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "0532" not in repr(dict(owner.session.items())), "a number lies in no session"
    assert 'name="iban"' not in owner.get("/payouts/sunset/accounts/").content.decode()
    owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert 'name="iban"' in owner.get("/payouts/sunset/accounts/").content.decode()
    wrong = owner.post("/payouts/sunset/accounts/", {**form, "iban": "DE89 3704 0044 0532 0130 01"})
    assert "A digit of this IBAN is wrong" in text_of(wrong)
    owner.post("/payouts/sunset/accounts/", form)
    account = BankAccount.objects.get()
    assert account.state == "unconfirmed"
    assert IBAN not in account.number_encrypted

    owner.post(f"/payouts/accounts/{account.pk}/act/", {"act": "confirm"})
    account.refresh_from_db()
    assert account.state == "unconfirmed", "whoever entered it cannot confirm it"
    asked = other.post(f"/payouts/accounts/{account.pk}/act/", {"act": "confirm"})
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    other.post("/accounts/reauthenticate/", {"password": PASSWORD})
    other.post(f"/payouts/accounts/{account.pk}/act/", {"act": "confirm"})
    account.refresh_from_db()

    assert (account.state, account.confirmed_by) == ("confirmed", "user:finance@example.com")
    assert IBAN not in other.get("/payouts/sunset/accounts/").content.decode()
    verbs = AuditEntry.objects.filter(subject_type="bank_account").values_list("verb", flat=True)
    assert sorted(verbs) == ["bank_account.confirmed", "bank_account.entered"]


def test_a_payout_above_the_limit_is_approved_by_two_agents(known, world, client_of):
    known.bank()
    known.agree(valid_from=NOW - timedelta(hours=1), two_people_above_minor=100)
    found = cycle.close(known.scope, until=NOW, now=NOW)
    first = world.agent
    second = User.objects.create(email="second@example.com", is_agent=True, email_confirmed_at=NOW)
    assert found is not None
    address = f"/payouts/one/{found.pk}/act/"

    assert client_of(world.owner).post(address, {"act": "approve"}).status_code == 404
    for _ in range(2):
        client_of(first).post(address, {"act": "approve"})
    found.refresh_from_db()
    assert found.state == "calculated"
    client_of(second).post(address, {"act": "approve"})
    found.refresh_from_db()

    assert (found.state, found.second_by) == ("approved", "user:second@example.com")


def test_a_failed_payout_says_why_and_who_has_to_act(payout, world, client_of):
    Payout.objects.update(state="failed", failure="account_closed")
    client = client_of(world.owner)

    page = text_of(client.get(f"/payouts/one/{payout.pk}/"))

    assert "The bank account is closed." in page
    assert "Change the bank account" in page
    answer = client.post(f"/payouts/one/{payout.pk}/act/", {"act": "reissue"}, follow=True)
    assert "Nothing was" in text_of(answer)


def test_payouts_are_drawn_over_time_with_a_table_behind(payout, known, world, client_of):
    client = client_of(world.owner)
    assert "Payouts over time" not in text_of(client.get("/payouts/sunset/")), "one bar compares nothing"
    known.sale(2000, at=NOW + timedelta(hours=1))
    cycle.close(known.scope, until=NOW + timedelta(days=1), now=NOW + timedelta(days=1))

    page = client.get("/payouts/sunset/").content.decode()

    assert "Payouts over time" in page
    assert page.count('<rect x="') == 2
    assert page.index("P-000001, ") < page.index("P-000002, ")
    assert page.count('<th scope="row">P-00000') == 2


def test_a_chart_names_a_payout_by_the_month_in_which_its_period_begins(payout, known, world, client_of):
    known.sale(2000, at=NOW + timedelta(hours=1))
    cycle.close(known.scope, until=NOW + timedelta(days=1), now=NOW + timedelta(days=1))
    october = {"begins_at": datetime(2026, 10, 1, 7, tzinfo=UTC), "ends_at": datetime(2026, 11, 1, 7, tzinfo=UTC)}
    Payout.objects.filter(pk=payout.pk).update(time_zone="America/Los_Angeles", **october)

    page = client_of(world.owner).get("/payouts/sunset/").content.decode()

    assert "P-000001, Oct 2026" in page


def test_the_sentence_about_sales_leads_to_the_statement_of_its_month(payout, world, client_of):
    client, page = client_of(world.owner), f"/payouts/one/{payout.pk}/"
    whole = text_of(client.get(page))
    october = {"begins_at": datetime(2026, 10, 1, 7, tzinfo=UTC), "ends_at": datetime(2026, 11, 1, 7, tzinfo=UTC)}
    Payout.objects.update(time_zone="America/Los_Angeles", **october)

    told = client.get(page)

    assert (
        "2 sessions were charged $17.85 with tax. The statements of these days list them among all sessions." in whole
    )
    assert (
        "2 sessions were charged $17.85 with tax. The statement of October 2026 lists them among all sessions."
        in text_of(told)
    )
    assert 'href="/statements/sunset/USD/2026-10/"' in told.content.decode()
    assert "dashboard" not in whole[whole.index("Why this amount") :].lower()


def test_the_figures_of_payout_and_statement_are_told_apart(world, client_of):
    """A property with payouts of its own is on the statement of its host, and not in the host's payout."""
    own = Property.objects.create(host=world.host, slug="own", name="Own", time_zone="America/New_York")
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree()
    books.agree(place=own)
    books.bank()
    midnight = NOW.astimezone(ZoneInfo("America/New_York")).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = (midnight - timedelta(days=7)).replace(day=1)
    books.sale(5786, tax=786, at=month + timedelta(days=3))
    books.sale(854, tax=54, at=month + timedelta(days=4), place=own)
    made = cycle.close(books.scope, until=midnight, now=NOW)
    client = client_of(world.owner)

    told = text_of(client.get(f"/payouts/one/{made.pk}/"))

    named = f"{month:%B %Y}"
    assert f"1 session was charged $57.86 with tax. The statement of {named} lists it among all sessions." in told
    assert "There, 2 sessions were charged $66.40 with tax. The difference of $8.54 is not in this row" in told
    assert "$66.40" in text_of(client.get(f"/statements/sunset/USD/{month:%Y-%m}/"))


def test_bank_accounts_lead_to_the_processors_setup_once_there_is_one(known, world):
    client, page = after_log_in(world.owner), "/payouts/sunset/accounts/"
    before = client.get(page).content.decode()

    client.post("/payouts/sunset/setup/")

    assert 'href="/payouts/sunset/setup/"' not in before
    assert 'href="/payouts/sunset/setup/"' in client.get(page).content.decode()


def test_the_log_in_before_a_bank_account_says_what_it_is_for(world, client_of):
    page = text_of(client_of(world.owner).get("/accounts/reauthenticate/?next=/payouts/sunset/accounts/"))

    assert "What comes next can change how you log in or where you are paid." in page


def test_a_statements_line_about_a_payout_leads_to_it(payout, known, world, client_of):
    Payout.objects.update(state="approved")
    outcomes.mark_submitted(payout, now=NOW)
    month = NOW.astimezone(ZoneInfo(known.place.time_zone))

    page = client_of(world.owner).get(f"/statements/sunset/USD/{month:%Y-%m}/").content.decode()

    line = page[page.index("<tbody>", page.index("Balance</th>")) :]
    assert f'<a href="/payouts/one/{payout.pk}/">' in line


def test_a_property_that_is_paid_by_itself_leads_to_its_own_statement(payout, known, world, client_of):
    october = {"begins_at": datetime(2026, 10, 1, 7, tzinfo=UTC), "ends_at": datetime(2026, 11, 1, 7, tzinfo=UTC)}
    Payout.objects.update(time_zone="America/Los_Angeles", property=known.place, **october)

    page = client_of(world.owner).get(f"/payouts/one/{payout.pk}/").content.decode()

    assert 'href="/statements/sunset/USD/2026-10/?property=sunset-1"' in page


def test_what_was_refused_is_not_offered_to_be_paid_again_before_there_is_another_account(
    payout, known, world, client_of
):
    Payout.objects.filter(pk=payout.pk).update(state="approved")
    outcomes.mark_submitted(payout, now=NOW)
    outcomes.mark_failed(payout, code="account_closed", now=NOW)
    client, page = client_of(world.owner), f"/payouts/one/{payout.pk}/"

    refused = client.get(page).content.decode()
    known.bank(iban="NL91ABNA0417164300", at=NOW - timedelta(days=30))
    offered = client.get(page).content.decode()

    assert "Pay it again" not in refused
    assert "Before it can be paid again: the IBAN ending 3000 is refused" in refused
    assert 'href="/payouts/sunset/accounts/"' in refused
    assert "Pay it again" in offered


def test_a_host_never_reads_what_the_processor_says_about_the_platforms_balance(payout, world, client_of):
    opened(Books(host=world.host, place=world.charger.property, charger=world.charger))
    later = NOW + timedelta(days=5)
    waits = by_processor.send(payout.pk, now=later)
    assert "is more than the 0.00 USD" in waits.processor_says

    shown = [f"/payouts/one/{payout.pk}/", "/payouts/sunset/", f"/payouts/one/{payout.pk}/bridge.csv"]
    told = "".join(text_of(client_of(world.owner).get(address)) for address in shown)
    agents = text_of(client_of(world.agent).get(f"/payouts/one/{payout.pk}/"))

    assert "The money is not available at the card processor yet." in told
    assert "is more than" not in told
    assert "10.00 USD is more than the 0.00 USD that are available." in agents


def test_the_identity_check_is_named_until_the_processor_is_content(known, world, client_of):
    row = ProcessorAccount.objects.create(
        host=world.host, processor="simulated", ref="acct_1", missing=["company.tax_id"], opened_at=NOW
    )
    page = text_of(client_of(world.owner).get("/payouts/sunset/"))
    assert "The card processor still wants to know the company" in page
    assert "An agreement on payouts" not in page

    ProcessorAccount.objects.filter(pk=row.pk).update(missing=[], is_enabled=True)
    assert "The identity check" not in text_of(client_of(world.owner).get("/payouts/sunset/"))
