"""Pages about the bank in a real browser, on a phone and on a desk, in light and dark: they fit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import BankLine, Payout
from billing.payouts.bank_files.outgoing import csv_file
from billing.payouts.cycle import cycle
from billing.payouts.sending import by_file
from billing.payouts.sending.by_file import FileRequest
from tests.kit import browser
from tests.kit import gateway as gateways
from tests.kit.bank_lines import DAY, Line, brought
from tests.kit.logging_in import logged_in
from tests.kit.payouts import Books
from tests.kit.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime.now(tz=UTC)


@pytest.fixture
def line(world: World, transactional_db) -> BankLine:
    """Two payouts in files, two that wait, and lines that fit two ways, one payout, or nothing."""
    books = Books(host=world.host, place=world.charger.property, charger=world.charger, currency="EUR")
    books.agree(cycle="manual", way="bank_file")
    books.bank(at=NOW - timedelta(days=90))
    for days, minor in ((20, 125_000), (15, 125_000), (10, 98_765), (5, 1_234_567)):
        books.sale(minor, at=NOW - timedelta(days=days))
        cycle.close(books.scope, until=NOW - timedelta(days=days - 1), now=NOW - timedelta(days=days - 1))
    first = Payout.objects.order_by("created_at")[:2]
    wanted = FileRequest(payouts=[one.pk for one in first], format=csv_file.FORMAT, execution_on=NOW.date())
    by_file.make(wanted, by="user:agent@example.com", now=NOW)
    today = NOW.date()
    return brought(
        Line(amount="-1250.00", on=today, name="Sunset Stays", text="Payout of the platform, see the e-mail"),
        Line(amount="77.00", on=today - timedelta(days=3), code="AC04", name="A bank with a rather long name"),
        Line(amount="-900.00", on=DAY, name="Landlord Ltd", reference="RENT-2026-04-0000000000000000001"),
        now=NOW,
    )[0]


@pytest.fixture
def base(line: BankLine) -> Iterator[str]:
    with gateways.running() as gateway:
        yield gateway.url.replace("ws://", "http://").removesuffix("/ocpp")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_banks_pages_fit(chromium, base, world, line, width, dark):
    with browser.page(chromium, width=width, dark=dark) as page:
        cookie = logged_in(world.agent).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        for path in (
            "/books/bank/",
            f"/books/bank/{line.pk}/",
            "/books/differences/",
            "/books/payments/",
            "/payouts/sunset/bank/",
        ):
            page.goto(f"{base}{path}")
            assert page.locator("h1").count() == 1, path
            assert browser.fits(page), path
            assert browser.fits_inside_buttons(page), path
