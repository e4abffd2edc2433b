"""How much is held and why, what happens near that limit, and what no hold covered."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import translation

from authorization.decide import reasons
from authorization.models import User
from billing import tasks
from billing.formatting import stored_sentences
from billing.models import Hold, HoldPolicy, LedgerEntry, OutgoingMail, Receipt, Receivable, Refund, Session
from billing.payments.books import ledger, postings
from billing.payments.processors import simulated
from billing.sessions.drivers import accounts
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.refunds import refunds
from billing.sessions.settlement import settle
from chargers.models import Charger, Command
from chargers.sentences import stored
from tests.billing.conftest import NOON, minutes
from tests.kit import pdf
from tests.kit.held import CONFIRM, DECLINED, GOOD, LOST, POOR_LATER, paid
from tests.kit.holds import clock, drawn, owing, size

__all__ = ["clock", "owing"]
pytestmark = pytest.mark.django_db


def extends(site, **fields):
    HoldPolicy.objects.create(host=site.host, at_limit="extend", **fields)


def test_it_says_why_in_the_guests_language(site):
    from django.utils import translation

    found = size(site)
    with translation.override("nl"):
        told = stored_sentences.local(found.why)

    assert "$\N{NO-BREAK SPACE}25,00" in told
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

    outgoing = OutgoingMail.objects.get()
    assert (outgoing.address, outgoing.language, outgoing.state, outgoing.session) == (
        "kim@example.com",
        "nl",
        "waiting",
        session,
    )
    with translation.override("nl"):
        meaning = translation.gettext(reasons.get("hold_nearly_used").guest.meaning)
    assert meaning in outgoing.text
    assert meaning != reasons.get("hold_nearly_used").guest.meaning
    for told in ("78,000", "32,20", "40,00", "4242", "Sunset 1", "SUN001"):
        assert told in outgoing.text
    tasks.send_mails()
    tasks.send_mails()
    (sent,) = outbox.outbox
    assert sent.to == ["kim@example.com"]
    assert f"/s/{session.secret}/" in sent.body


def test_it_writes_to_the_drivers_account_where_no_other_address_is_known(site, clock):
    driver = accounts.of_user(User.objects.create_user("lee@example.com", None), language="en", now=NOON)
    _, _, row = paid(site)
    Session.objects.update(driver=driver)
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    outgoing = OutgoingMail.objects.get()
    assert (outgoing.address, outgoing.language) == ("lee@example.com", "en")
    assert outgoing.subject == "Sunset 1: $32.20 of the $40.00 on your card are used"
    assert "At 95 % charging ends by itself." in outgoing.text
    accounts.delete(driver, now=NOON)
    assert not OutgoingMail.objects.exists(), "the address goes with the account"


def test_it_writes_to_nobody_whose_address_is_not_known(site, clock):
    _, hold, row = paid(site)
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    hold.refresh_from_db()
    assert hold.warned_at is not None
    assert not OutgoingMail.objects.exists()


def test_it_says_before_that_more_will_be_held_where_that_was_agreed(site, clock):
    extends(site)
    session, _, row = paid(site, keeps_card=True)
    Session.objects.update(guest_email="kim@example.com")
    drawn(site, row, 78_000, at=1195)

    tasks.stop_before_holds_are_used_up()

    meaning = reasons.get("hold_extends_soon").guest.meaning
    assert meaning in OutgoingMail.objects.get().text
    assert meaning in Client().get(f"/s/{session.secret}/").content.decode()


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


def test_it_gives_back_first_of_the_payment_of_which_most_is_left(site):
    _, _, row = paid(site, amount_minor=1000, keeps_card=True)
    site.stop(row, 51_000, at=minutes(1210), reason="EVDisconnected")
    site.work(now=minutes(1211))
    wanted = refunds.RefundRequest(
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
