"""How much is held and why, what happens near that limit, and what no hold covered."""

import html
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.db import IntegrityError
from django.test import Client
from django.utils import translation

from authorization.decide import reasons
from authorization.models import Membership, User
from billing import tasks
from billing.formatting import stored_sentences
from billing.models import Hold, HoldPolicy, LedgerEntry, Letter, Receipt, Receivable, Refund, Session
from billing.payments.books import ledger, postings
from billing.payments.processors import simulated
from billing.sessions.charges import receivables
from billing.sessions.drivers import accounts
from billing.sessions.holds import hold_amount, hold_limit, holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.refunds import refunds
from billing.sessions.settlement import settle
from billing.sessions.settlement.admin import SessionAdmin
from chargers.models import Charger, Command
from chargers.sentences import stored
from support.admin_site.site import agents
from support.explain import timeline
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit import pdf
from tests.kit.held import CONFIRM, DECLINED, GOOD, LOST, POOR_LATER, paid

pytestmark = pytest.mark.django_db


def drawn(site, row, wh, *, at=1200):
    """So much energy until that minute; 40.00 are 97.5 kWh and the connection fee."""
    site.reading(row, 1000 + wh, at=minutes(at))


def extends(site, **fields):
    HoldPolicy.objects.create(host=site.host, at_limit="extend", **fields)


@pytest.fixture
def clock():
    with time_machine.travel(minutes(1201), tick=False):
        yield


def size(site, *, max_power_w=11_000, definition=PLAIN, currency="USD"):
    slug = f"plain-{site.host.rates.count()}"
    version = site.rate(slug=slug, definition=definition)
    version.rate.currency = currency
    return hold_amount.calculate(version, property_=site.place, max_power_w=max_power_w)


def test_it_holds_enough_for_a_stay_at_the_highest_price(site):
    dear = PLAIN | {"energy": [{"name": "night", "price": "0.20"}, {"name": "day", "price": "0.79"}]}

    found = size(site, definition=dear)

    assert found.amount_minor == 4900  # 60 kWh x 0.79 and 1.00 are 48.40, and people pay in whole units
    assert found.reason == "Enough for 60 kWh at the highest price, with all fees: 48.40 USD."
    assert not found.extends


def test_it_holds_within_two_limits_and_more_at_a_fast_charger(site):
    found = size(site)
    assert found.amount_minor == 4000
    assert found.reason == "At least 40.00 USD is held here; 60 kWh without idle fees would come to 25.00 USD."
    version = Session(rate_version=site.host.rates.get().versions.get()).rate_version

    assert hold_amount.calculate(version, property_=site.place, max_power_w=150_000).amount_minor == 8000
    version.definition = PLAIN | {"energy": [{"name": "all day", "price": "4.00"}]}
    most = hold_amount.calculate(version, property_=site.place, max_power_w=None)
    assert (most.amount_minor, most.reason) == (
        15_000,
        "At most 150.00 USD is held here, though 60 kWh without idle fees would come to 241.00 USD.",
    )


@pytest.mark.parametrize("max_power_w", [2_000, 499_000, 2_000_000, 1_000_000_000])
def test_it_estimates_what_energy_costs_at_whatever_power(site, max_power_w):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "4.00"}]}

    found = size(site, definition=dear, max_power_w=max_power_w)

    estimate = "241.00 USD" if max_power_w == 2_000 else "401.00 USD"
    assert estimate in found.reason


def test_it_adds_the_tax_that_is_added(site):
    tax = {"mode": "exclusive", "rates": {"energy": "10", "connection": "20"}}
    dear = PLAIN | {"energy": [{"name": "all day", "price": "1.00"}], "tax": tax, "processing_fee": "0.35"}

    assert size(site, definition=dear).amount_minor == 6800  # 66.00, 1.20 and 0.35


@pytest.mark.parametrize(
    ("more", "amount_minor"),
    [
        ({"time": {"per_hour": "6.00"}}, 9400),  # 61.00 and 5.4545... hours
        ({"time": {"per_min": "0.10", "cap": "5.00"}}, 6600),
        ({"processing_fee": "0.35", "processing_pct": "10"}, 6800),  # 67.45
        ({"processing_fee": "0.35", "processing_pct": "10", "processing_paid_by": "host"}, 6100),
        ({"min_total": "70.00"}, 7000),
        ({"max_total": "50.00"}, 5000),
    ],
)
def test_it_holds_enough_for_every_fee_that_a_rate_can_have(site, more, amount_minor):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "1.00"}]} | more

    assert size(site, definition=dear).amount_minor == amount_minor


def test_it_counts_in_hundreds_where_there_are_no_smaller_coins(site):
    dear = PLAIN | {"energy": [{"name": "all day", "price": "80"}], "connection_fee": "1"}

    assert size(site, definition=dear, currency="JPY").amount_minor == 4900  # 4,801 yen


@pytest.mark.parametrize(
    ("currency", "price", "amount_minor", "reason"),
    [
        ("HUF", "190", 1_600_000, "At least 16000.00 HUF is held here; 60 kWh without idle fees would come to 11401.00 HUF."),  # noqa: E501
        ("SEK", "5.575", 400_00, "At least 400.00 SEK is held here; 60 kWh without idle fees would come to 335.50 SEK."),  # noqa: E501
        ("KWD", "0.025", 5000, "At least 5.000 KWD is held here; 60 kWh without idle fees would come to 2.500 KWD."),
        ("JPY", "45", 4000, "At least 4000 JPY is held here; 60 kWh without idle fees would come to 2701 JPY."),
        ("IDR", "9000", 550_000_00, "Enough for 60 kWh at the highest price, with all fees: 540001.00 IDR."),
    ],
)  # fmt: skip
def test_it_holds_what_is_usual_in_the_currency_and_says_the_exact_cost(site, currency, price, amount_minor, reason):
    rate = {"energy": [{"name": "all day", "price": price}], "connection_fee": "1.00"}

    found = size(site, definition=rate, currency=currency)

    assert (found.amount_minor, found.reason) == (amount_minor, reason)


def test_it_holds_no_more_than_twice_a_full_charge_where_charging_is_cheap(site):
    cheap = {"energy": [{"name": "all day", "price": "0.10"}]}
    assert size(site, definition=cheap).amount_minor == 1200
    idle = {"idle": {"per_min": "0.05", "grace_min": 10}}
    assert size(site, definition=cheap | idle).amount_minor == 1500, "and an hour of idle time"
    assert size(site, definition={"energy": [{"name": "free", "price": "0"}]}).amount_minor == 4000


def test_it_covers_a_typical_charge_whatever_the_usual_limit(site):
    dear = {"energy": [{"name": "all day", "price": "8.00"}]}

    found = size(site, definition=dear)

    assert found.amount_minor == 24_000
    assert found.reason == "At most 240.00 USD is held here, though 60 kWh without idle fees would come to 480.00 USD."


def test_it_prices_each_tier_at_its_own_highest_price(site):
    tiers = [
        {"name": "first", "price": "1.00", "to_kwh": "10"},
        {"name": "rest", "price": "0.80", "from_kwh": "10"},
    ]

    found = size(site, definition={"energy": tiers})

    assert found.reason == "Enough for 60 kWh at the highest price, with all fees: 50.00 USD."


def test_a_host_s_limits_hold_in_the_host_s_currency_alone(site):
    HoldPolicy.objects.create(host=site.host, least_minor=1000, most_minor=2000)
    assert size(site, currency="USD").amount_minor == 2000

    assert (
        size(site, definition=PLAIN | {"energy": [{"name": "all day", "price": "3"}]}, currency="SEK").amount_minor
        == 38_000
    )


def test_a_property_says_otherwise_than_its_host_and_the_host_than_the_installation(site):
    HoldPolicy.objects.create(host=site.host, energy_kwh=100, least_minor=1000, at_limit="extend")
    assert size(site).amount_minor == 4100
    version = site.host.rates.get().versions.get()

    own = HoldPolicy.objects.create(host=site.host, property=site.place, most_minor=2500)

    found = hold_amount.calculate(version, property_=site.place, max_power_w=11_000)
    assert (found.amount_minor, found.extends) == (2500, False)
    assert not hold_amount.extends(site.place)
    own.delete()
    assert hold_amount.extends(site.place)
    with pytest.raises(IntegrityError):
        HoldPolicy.objects.create(host=site.host, property=site.place, least_minor=2, most_minor=1)


def test_it_says_why_in_the_guests_language(site):
    from django.utils import translation

    found = size(site)
    with translation.override("nl"):
        told = stored_sentences.local(found.why)

    assert "$\N{NO-BREAK SPACE}40,00" in told
    assert told != found.reason


def test_it_keeps_why_so_much_is_held(site):
    _, hold, _ = paid(site)

    assert hold.reason == "Enough for a night."


def test_it_tells_the_guest_at_80_percent_and_ends_at_95(site, clock):
    session, hold, row = paid(site)
    Charger.objects.update(ocpp_version="1.6")
    page = f"/s/{session.secret}/"
    drawn(site, row, 77_000, at=1190)  # 31.80
    assert tasks.stop_before_holds_are_used_up() == 0
    hold.refresh_from_db()
    assert hold.warned_at is None

    drawn(site, row, 78_000, at=1195)  # 32.20
    assert tasks.stop_before_holds_are_used_up() == 0
    hold.refresh_from_db()
    assert (hold.warned_at, hold.limit_at) == (minutes(1201), None)
    assert reasons.get("hold_nearly_used").guest.meaning in Client().get(page).content.decode()

    drawn(site, row, 92_600)
    assert tasks.stop_before_holds_are_used_up() == 1
    hold.refresh_from_db()
    assert hold.limit_at == minutes(1201)
    assert Command.objects.get().action == "RemoteStopTransaction"
    text = Client().get(page).content.decode()
    assert reasons.get("hold_used_up").guest.meaning in text
    assert "$40.00 held" in text
    site.stop(row, 1000 + 92_600, at=minutes(1205), reason="EVDisconnected")
    site.work(now=minutes(1206))
    assert reasons.get("hold_used_up").guest.meaning in Client().get(page).content.decode(), "also once it is over"


def test_it_writes_once_to_whoever_left_an_address_in_their_language(site, clock):
    session, _, row = paid(site)
    Session.objects.update(guest_email="Kim@example.com", guest_language="nl")
    drawn(site, row, 78_000, at=1195)

    for _ in range(3):
        tasks.stop_before_holds_are_used_up()

    letter = Letter.objects.get()
    assert (letter.address, letter.language, letter.state, letter.session) == (
        "kim@example.com",
        "nl",
        "waiting",
        session,
    )
    with translation.override("nl"):
        meaning = translation.gettext(reasons.get("hold_nearly_used").guest.meaning)
    assert meaning in letter.text
    assert meaning != reasons.get("hold_nearly_used").guest.meaning
    for told in ("78,000", "32,20", "40,00", "4242", "Sunset 1", "SUN001"):
        assert told in letter.text
    tasks.send_letters()
    tasks.send_letters()
    (sent,) = outbox.outbox
    assert sent.to == ["kim@example.com"]
    assert f"/s/{session.secret}/" in sent.body


def test_it_writes_to_the_drivers_account_where_no_other_address_is_known(site, clock):
    driver = accounts.of_user(User.objects.create_user("lee@example.com", None), language="en", now=NOON)
    _, _, row = paid(site)
    Session.objects.update(driver=driver)
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    letter = Letter.objects.get()
    assert (letter.address, letter.language) == ("lee@example.com", "en")
    assert letter.subject == "Sunset 1: $32.20 of the $40.00 on your card are used"
    assert "At 95 % charging ends by itself." in letter.text
    accounts.delete(driver, now=NOON)
    assert not Letter.objects.exists(), "the address goes with the account"


def test_it_writes_to_nobody_whose_address_is_not_known(site, clock):
    _, hold, row = paid(site)
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    hold.refresh_from_db()
    assert hold.warned_at is not None
    assert not Letter.objects.exists()


def test_it_says_before_that_more_will_be_held_where_that_was_agreed(site, clock):
    extends(site)
    session, _, row = paid(site, keeps_card=True)
    Session.objects.update(guest_email="kim@example.com")
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    meaning = reasons.get("hold_extends_soon").guest.meaning
    assert meaning in Letter.objects.get().text
    assert meaning in Client().get(f"/s/{session.secret}/").content.decode()


def test_hosts_and_agents_read_the_same_reason_of_a_session_that_was_ended(site, clock):
    session, _, row = paid(site)
    drawn(site, row, 92_600)
    Charger.objects.update(ocpp_version="1.6")
    tasks.stop_before_holds_are_used_up()
    session = Session.objects.get(pk=session.pk)

    reason = hold_limit.reason(session, session.holds.all())

    assert reason is reasons.get("hold_used_up")
    assert reason.title in [moment.sentence for moment in timeline.moments(timeline.load(session))]
    owner = User.objects.create_user("host@example.com", None, is_superuser=False)
    Membership.objects.create(user=owner, host=site.host, role="owner")
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    page = html.unescape(client.get(f"/sessions/{session.pk}/").content.decode())
    assert reason.host.meaning in page
    assert "/properties/sunset-1/holds/" in page
    desk = SessionAdmin(Session, agents).explained(session)
    assert reason.agent.meaning in html.unescape(desk)
    assert f"/chargers/{session.charger.charger_id}/logs/" in desk


def test_it_holds_once_more_on_the_same_card_where_that_is_the_policy(site, clock):
    extends(site)
    session, hold, row = paid(site, keeps_card=True)
    assert hold.card_ref
    drawn(site, row, 92_600)

    assert tasks.stop_before_holds_are_used_up() == 0
    assert tasks.stop_before_holds_are_used_up() == 0

    more = Hold.objects.get(role="extension")
    assert (more.state, more.amount_minor, more.last4) == ("authorised", 4000, "4242")
    assert not Command.objects.exists()
    assert "Another $40.00 is held" in Client().get(f"/s/{session.secret}/").content.decode()


def test_it_takes_from_several_holds_the_first_one_first(site, clock):
    extends(site)
    session, _, row = paid(site, keeps_card=True)
    drawn(site, row, 92_600)
    tasks.stop_before_holds_are_used_up()
    site.stop(row, 151_000, at=minutes(1210), reason="EVDisconnected")  # 150 kWh: 61.00

    site.work(now=minutes(1211))

    assert list(Hold.objects.order_by("created_at").values_list("role", "captured_minor")) == [
        ("main", 4000),
        ("extension", 2100),
    ]
    payment = Receipt.objects.get().document["payment"]
    assert (payment["held_minor"], payment["captured_minor"], payment["outstanding_minor"]) == (8000, 6100, 0)
    page = Client().get(f"/s/{session.secret}/").content.decode()
    assert "$61.00 was taken from your card ending 4242; the rest of the $80.00 hold was released." in page


def test_it_releases_an_extension_that_was_not_needed(site, clock):
    extends(site)
    _, _, row = paid(site, keeps_card=True)
    drawn(site, row, 92_600)
    tasks.stop_before_holds_are_used_up()
    site.stop(row, 94_000, at=minutes(1210), reason="EVDisconnected")  # 93 kWh: 38.20

    site.work(now=minutes(1211))

    assert dict(Hold.objects.values_list("role", "state")) == {"main": "captured", "extension": "voided"}


def test_it_ends_charging_where_the_card_refuses_more(site, clock):
    extends(site)
    _, hold, row = paid(site, card=POOR_LATER, keeps_card=True)
    assert hold.state == "authorised"
    drawn(site, row, 92_600)

    assert tasks.stop_before_holds_are_used_up() == 1
    assert tasks.stop_before_holds_are_used_up() == 0

    assert list(Hold.objects.order_by("created_at").values_list("role", "state")) == [
        ("main", "authorised"),
        ("extension", "failed"),
    ]


def test_it_extends_nothing_without_the_guests_word(site, clock):
    extends(site)
    _, hold, row = paid(site)
    assert hold.card_ref == ""
    drawn(site, row, 92_600)

    assert tasks.stop_before_holds_are_used_up() == 1
    assert Hold.objects.count() == 1


def test_it_takes_what_is_missing_from_the_same_card(site):
    session, _, row = paid(site, amount_minor=1000, keeps_card=True)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")  # 50 kWh: 21.00

    site.work(now=minutes(1211))

    rest = Hold.objects.get(role="rest")
    assert (rest.state, rest.captured_minor) == ("captured", 1100)
    assert not Receivable.objects.exists()
    payment = Receipt.objects.get().document["payment"]
    assert (payment["captured_minor"], payment["rest_minor"], payment["outstanding_minor"]) == (1000, 1100, 0)
    assert ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert "$11.00 was taken from it afterwards" in Client().get(f"/s/{session.secret}/receipt/").content.decode()


@pytest.mark.parametrize(
    ("card", "keeps_card", "reason"),
    [
        (GOOD, False, "Charging cost more than was held on the card."),
        (POOR_LATER, True, "Charging cost more than was held on the card, and the card refused the rest."),
    ],
)
def test_what_the_card_does_not_cover_is_owed(site, card, keeps_card, reason):
    session, _, row = paid(site, card=card, amount_minor=1000, keeps_card=keeps_card)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")

    for second in range(3):
        site.work(now=minutes(1211) + timedelta(seconds=second))

    owed = Receivable.objects.get()
    assert (owed.amount_minor, owed.state, owed.reason) == (1100, "open", reason)
    session.refresh_from_db()
    assert session.state == "settled"
    assert Receipt.objects.get().document["payment"]["outstanding_minor"] == 1100
    assert ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 1100
    assert "$11.00 is still to pay" in Client().get(f"/s/{session.secret}/").content.decode()


def test_all_of_it_is_owed_where_the_hold_has_expired(site):
    _, hold, row = paid(site)
    simulated.advance_clock(timedelta(days=8))
    holds.check(hold.pk, now=minutes(1))
    site.stop(row, 6000, at=minutes(1210), reason="EVDisconnected")

    site.work(now=minutes(1211))

    owed = Receivable.objects.get()
    assert (owed.amount_minor, owed.reason) == (300, "The hold on the card had expired before charging ended.")
    assert Session.objects.get().state == "settled"


@pytest.fixture
def owing(site):
    session, _, row = paid(site, amount_minor=1000)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    return session


def test_its_guest_pays_the_rest_by_the_link_once(site, owing):
    page = f"/s/{owing.secret}/rest/"
    client = Client()
    assert "Pay $11.00" in client.get(page).content.decode()
    assert client.post(page, {"card": "1234", "pay": "yes"}).status_code == 200
    assert not Hold.objects.filter(role="rest").exists()

    assert client.post(page, {"card": GOOD, "pay": "yes"}).url == page
    assert client.post(page, {"card": GOOD, "pay": "yes"}).url == page

    rest = Hold.objects.get(role="rest")
    assert (rest.state, rest.captured_minor) == ("captured", 1100)
    owed = Receivable.objects.get()
    assert (owed.state, bool(owed.closed_at)) == ("paid", True)
    assert ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert "Nothing is left to pay" in client.get(page).content.decode()
    assert Client().get("/s/unknown/rest/").status_code == 404


def test_its_guest_reads_on_both_pages_what_was_held_and_what_came_afterwards(site, owing):
    session, receipt = f"/s/{owing.secret}/", f"/s/{owing.secret}/receipt/"
    before = Client().get(receipt).content.decode()
    Client().post(f"{session}rest/", {"card": GOOD, "pay": "yes"})

    after, told = Client().get(receipt).content.decode(), Client().get(session).content.decode()

    assert "$11.00 is not covered yet." in before
    assert "not covered yet" not in after
    assert "$11.00 was not covered at first, and was paid afterwards." in after
    assert "$10.00 was taken from your card ending 4242." in told
    assert "$11.00 was taken from your card ending 4242." in told


def test_a_provisional_receipt_says_what_is_held_and_asks_for_nothing(site):
    session, _, row = paid(site)
    site.stop(row, 51_000, at=minutes(1210))
    site.work(now=minutes(1211))

    text = Client().get(f"/s/{session.secret}/receipt/").content.decode()
    paper = pdf.text(Client().get(f"/s/{session.secret}/receipt.pdf").content)

    assert "Card ending 4242: $40.00 held. What charging costs is taken of it with the final receipt" in text
    assert "Card ending 4242: $40.00 held." in paper
    assert "released." not in text.split("Card ending 4242")[1].split("the rest is released.")[1]
    assert "not covered" not in text + paper


def test_its_guest_can_try_another_card(site, owing):
    page = f"/s/{owing.secret}/rest/"
    Client().post(page, {"card": DECLINED, "pay": "yes"})
    text = Client().get(page).content.decode()
    assert "The card&#x27;s bank declined the payment. Nothing was taken. Try another card." in text

    Client().post(page, {"card": GOOD, "pay": "yes"})

    assert Receivable.objects.get().state == "paid"
    assert list(Hold.objects.filter(role="rest").order_by("created_at").values_list("state", flat=True)) == [
        "failed",
        "captured",
    ]


def looked(page):
    """The page after it was open for a moment: a worker has asked the processor."""
    Client().get(page)
    holds.check_watched(now=datetime.now(tz=UTC) + timedelta(seconds=3))
    return Client().get(page).content.decode()


def test_its_guest_confirms_the_rest_with_the_bank_and_the_sweep_leaves_it_alone(site, owing):
    page = f"/s/{owing.secret}/rest/"
    answer = Client().post(page, {"card": CONFIRM, "pay": "yes"})
    rest = Hold.objects.get(role="rest")
    assert answer.url == rest.next_action_url
    settle.resolve_holds(now=datetime.now(tz=UTC) + timedelta(minutes=1))
    rest.refresh_from_db()
    assert rest.state == "authorising"
    Client().post(page, {"card": GOOD, "pay": "yes"})
    assert Hold.objects.filter(role="rest").count() == 1, "one payment is under way"

    Client().post(answer.url, {"answer": "confirm"})

    assert "Nothing is left to pay" in looked(page)
    assert Receivable.objects.get().state == "paid"


def test_its_guest_does_not_pay_twice_while_the_answer_is_lost(site, owing):
    page = f"/s/{owing.secret}/rest/"
    Client().post(page, {"card": LOST, "pay": "yes"})
    assert Hold.objects.get(role="rest").state == "unknown"

    assert "Nothing is left to pay" in looked(page), "a worker asked the processor again"
    assert Hold.objects.filter(role="rest").count() == 1


def test_a_person_gives_it_up_once_and_the_books_know(site, owing):
    owed = Receivable.objects.get()

    receivables.give_up(owed.pk, reason="The charger was at fault.", by="agent", now=minutes(60))

    owed.refresh_from_db()
    assert (owed.state, owed.answer, owed.answered_by) == ("given_up", "The charger was at fault.", "agent")
    assert ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert ledger.balance(site.host, ledger.Code.WRITTEN_OFF, currency="USD") == 1100
    with pytest.raises(receivables.NotOpenError, match="given up"):
        receivables.give_up(owed.pk, reason="Again.", by="agent", now=minutes(61))
    assert "Nothing is left to pay" in Client().get(f"/s/{owing.secret}/rest/").content.decode()


def test_a_person_gives_nothing_up_that_is_being_paid(site, owing):
    Client().post(f"/s/{owing.secret}/rest/", {"card": CONFIRM, "pay": "yes"})

    with pytest.raises(receivables.NotOpenError, match="under way"):
        receivables.give_up(Receivable.objects.get().pk, reason="x", by="agent", now=minutes(60))


def test_it_gives_back_first_of_the_payment_of_which_most_is_left(site):
    _, _, row = paid(site, amount_minor=1000, keeps_card=True)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    wanted = refunds.Wanted(
        amount_minor=1050, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )

    refund = refunds.request(Receipt.objects.get(), wanted, by="owner", now=minutes(40))

    assert [part.hold.role for part in refund.parts.all()] == ["rest"]
    assert refunds.send(refund.pk, now=minutes(40)).state == "done"


def test_it_puts_the_processors_fee_into_the_books(site):
    _, hold, row = paid(site)
    site.stop(row, 6000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))

    hold.refresh_from_db()
    assert (hold.captured_minor, hold.fee_minor) == (300, 39)
    assert ledger.balance(site.host, ledger.Code.PROCESSOR_FEES, currency="USD") == 39
    assert ledger.balance(site.host, ledger.Code.PROCESSOR_CLEARING, currency="USD") == 261
    postings.catch_up(now=minutes(1212))
    assert LedgerEntry.objects.filter(source_type="hold").count() == 2


def test_one_more_hold_is_asked_for_at_a_time(site):
    session, _, _ = paid(site, keeps_card=True)
    first = holds.open_hold(session, amount_minor=100, now=NOON, role=Hold.Role.EXTENSION)

    assert holds.open_hold(session, amount_minor=100, now=NOON, role=Hold.Role.EXTENSION) == first


def test_a_session_that_was_given_up_holds_nothing_more(site):
    site.rate("guest")
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=NOON)
    holds.authorize(holds.open_hold(session, amount_minor=4000, now=NOON), card=GOOD, now=NOON)

    settle.fail(session.pk, why=stored.free("The charger refused."), now=minutes(1))

    assert Hold.objects.get().state == "voided"
    assert not Receivable.objects.exists()
