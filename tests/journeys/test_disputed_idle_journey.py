"""A disputed idle fee in a real browser: explained to the guest, given back by the host, told to both and the books."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import LedgerAccount, Receipt, Refund, Session, SimulatedPayment
from billing.payments.books import ledger
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers.models import Property
from tests.kit import browser, charging
from tests.kit import gateway as gateways
from tests.kit.logging_in import logged_in
from tests.kit.world import PASSWORD, World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BEGAN = charging.YESTERDAY
FULL = BEGAN + timedelta(hours=2)
WHY = "The cable was stuck: our fault, not yours."


@pytest.fixture
def overstayed(world: World, transactional_db) -> Session:
    """Two hours of charging, then 70 minutes at 0.20 after a grace of 10; the connector was faulted for one of them."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    order = lifecycle.GuestOrder(charger=world.charger, evse_number=1, email="kim@example.com")
    session = lifecycle.open_for_guest(order, now=BEGAN - timedelta(minutes=1))
    hold = holds.open_hold(session, amount_minor=4000, now=BEGAN - timedelta(minutes=1))
    holds.authorize(hold, card="4242424242424242", now=BEGAN - timedelta(minutes=1))
    row = charging.start(world.charger, uid=session.id_token, at=BEGAN)
    charging.read(row, 21_000, at=FULL)
    for word, late in (("SuspendedEV", 0), ("Faulted", 30), ("SuspendedEV", 31)):
        charging.report(world.charger, word, at=FULL + timedelta(minutes=late))
    for late in range(0, 71, 5):
        charging.message(world.charger, at=FULL + timedelta(minutes=late))
    return charging.finish(row, wh=20_000, at=FULL + timedelta(minutes=70))


@pytest.fixture
def base(overstayed: Session) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


def test_a_disputed_idle_fee_is_explained_given_back_and_told_to_everybody(chromium, base, world, overstayed):
    receipt = f"{base}/s/{overstayed.secret}/receipt/"
    with browser.page(chromium, width=375) as guest, browser.page(chromium, width=1440) as host:
        guest_reads_why(guest, receipt)
        host_gives_it_back(host, base, overstayed)
        guest_sees_it_again(guest, base, overstayed)

    refund = Refund.objects.get()
    assert (refund.lines, refund.total_minor, refund.reason, refund.state) == (["idle"], 1000, "not_idle", "done")
    assert SimulatedPayment.objects.get().refunded_minor == 1000
    assert ledger.balance(world.host, ledger.Code.HOST_PAYABLE, currency="USD") == -900
    with browser.page(chromium, width=1440) as agent:
        come_in_as_agent(agent, base, world)
        agent_finds_it_in_the_books(agent, base, world, refund)


def guest_reads_why(page: browser.Page, receipt: str) -> None:
    """When charging ended, what was free, which minutes were billed, and the cap."""
    page.goto(receipt)
    judged = page.locator("section", has=page.get_by_role("heading", name="Plugged in without charging"))
    told = " ".join(judged.inner_text().split())
    assert f"from {stamped(0)} to {stamped(71)}" in told
    assert "Not billed: 10 of 10 minutes of grace." in told
    assert "Billed: 60 completed minutes at $0.20, at most $10.00 a session." in told
    page.get_by_text("Why this amount?").click()
    line = page.locator("details.line", has=page.get_by_text("Idle time $10.00")).first
    assert "10 min of grace" in line.inner_text()
    assert "The idle fee of a session is at most $10.00." in line.inner_text()
    assert page.get_by_text("$19.00", exact=True).first.is_visible()
    assert browser.fits(page)


def host_gives_it_back(page: browser.Page, base: str, session: Session) -> None:
    """The session's page points at the fault; the refund is shown before it is sent."""
    page.goto(f"{base}/sessions/{session.pk}/")
    page.get_by_label("E-mail address").fill("owner@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".tile-figure", has_text="$19.00").wait_for()
    assert page.get_by_text("while the idle fee ran: the cable may not have come out").is_visible()
    page.get_by_role("link", name="Give the idle fee back").click()
    assert page.get_by_role("checkbox", name="Idle fee").is_checked()
    page.get_by_label("What the driver reads").fill(WHY)
    page.get_by_role("button", name="Preview the refund").click()
    page.get_by_role("heading", name="$10.00 to refund").wait_for()
    assert not Refund.objects.exists()
    page.get_by_role("button", name="Give back $10.00").click()
    page.get_by_text("$10.00 is given back; credit note C").wait_for()
    refunds = page.locator("section", has=page.get_by_role("heading", name="Refunds")).first
    assert WHY in refunds.inner_text()
    assert page.get_by_text("while the idle fee ran").count() == 0, "there is no idle fee to give back any more"
    assert browser.fits(page)


def guest_sees_it_again(page: browser.Page, base: str, session: Session) -> None:
    """On the receipt, which stays as it was; on the session's page; and as a credit note of its own."""
    note = Receipt.objects.get(kind=Receipt.Kind.CREDIT_NOTE)
    page.goto(f"{base}/s/{session.secret}/")
    assert page.get_by_text(f"$10.00 was given back (credit note {note.label}).").is_visible()
    page.get_by_role("link", name="Receipt", exact=True).click()
    assert page.get_by_text(f"$10.00 was given back (credit note {note.label}).").is_visible()
    assert page.get_by_text("$19.00", exact=True).first.is_visible()
    page.get_by_role("link", name=f"Credit note {note.label}").first.click()
    page.get_by_role("heading", name=f"Credit note {note.label}").wait_for()
    assert page.get_by_text(WHY).is_visible()
    assert page.get_by_text("To the card ending 4242.").is_visible()
    assert browser.fits(page)


def come_in_as_agent(page: browser.Page, base: str, world: World) -> None:
    """With a session of theirs: their second factor has tests of its own."""
    client = logged_in(world.agent)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])


def agent_finds_it_in_the_books(page: browser.Page, base: str, world: World, refund: Refund) -> None:
    account = LedgerAccount.objects.get(host=world.host, code="host_payable")
    page.goto(f"{base}/books/{account.pk}/")
    page.get_by_role("link", name=f"Credit note {refund.credit_note} for receipt").click()
    page.locator(".tile-figure", has_text="$19.00").wait_for()
    assert page.get_by_text(WHY).is_visible()


def stamped(minute: int) -> str:
    """So many minutes after charging ended, as receipts say it."""
    at = (FULL + timedelta(minutes=minute)).astimezone(ZoneInfo("America/New_York"))
    return f"{at.day} {at:%b %Y, %H:%M %Z} (UTC−{-at.utcoffset() // timedelta(hours=1)})"
