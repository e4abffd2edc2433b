"""Setting payouts up at the card processor: what is missing in words, its page, and back again."""

from datetime import UTC, datetime

import pytest

from billing.models import ProcessorAccount, SimulatedAccount
from billing.payments.processors import simulated
from tests.kit.page_text import text_of
from tests.kit.payouts import Books
from tests.kit.stripe_server import KEY, StripeServer
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
NOW = datetime.now(tz=UTC)
PAGE = "/payouts/sunset/setup/"


@pytest.fixture
def known(world: World) -> Books:
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree()
    books.sale(1000, at=NOW)
    return books


def test_times_are_by_the_clock_of_the_host(known, world, client_of):
    client = client_of(world.owner)
    client.post(PAGE)
    ProcessorAccount.objects.update(seen_at=datetime(2026, 3, 12, 3, 30, tzinfo=UTC))

    assert "As reported by the processor on 11 Mar 2026, 23:30 EDT." in text_of(client.get(PAGE))


def test_a_host_sets_payouts_up_and_comes_back(known, world, client_of):
    client = client_of(world.owner)
    assert "Set up payouts" in text_of(client.get("/payouts/sunset/"))
    assert "Not started yet" in text_of(client.get(PAGE))

    there = client.post(PAGE)["Location"]
    account = ProcessorAccount.objects.get()

    assert there == f"/processor/simulated/accounts/{account.ref}/"
    page = text_of(client.get(there))
    for part in ("Set up payouts to", "your date of birth", "the address of your website"):
        assert part in page
    later = client.post(there, {"answer": "later"}, follow=True)
    assert "It does not pay out yet" in text_of(later)
    assert "your agreement to the processor&#x27;s terms" in text_of(later)
    done = client.post(there, {"answer": "all"}, follow=True)

    assert "Payouts are set up" in text_of(done)
    assert "Complete" in text_of(done)
    assert ProcessorAccount.objects.get().is_enabled
    assert "Set up payouts" not in text_of(client.get("/payouts/sunset/"))


def test_it_says_why_the_processor_pays_nothing_out(known, world, client_of):
    client = client_of(world.owner)
    client.post(PAGE)
    simulated.require(ProcessorAccount.objects.get().ref, disabled_reason="rejected.fraud")

    page = text_of(client.get(f"{PAGE}?asked=1"))

    assert "It has closed your account and pays nothing out from it." in page


def test_to_a_page_of_another_site_leads_a_link(known, world, client_of, settings):
    with StripeServer() as server:
        settings.CARD_PROCESSOR, settings.STRIPE_API_KEY = "stripe", KEY
        settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_S = server.url, 1

        page = client_of(world.owner).post(PAGE)

        assert page.status_code == 200
        assert f'href="{server.url}/setup/acct_' in page.content.decode()
        server.lose.append("500")
        lost = client_of(world.owner).post(PAGE, follow=True)
        assert "could not be opened" in text_of(lost)


def test_the_simulated_page_knows_no_account_but_those_of_hosts(client_of, world):
    SimulatedAccount.objects.create(ref="", created_at=NOW)

    assert client_of(world.owner).get("/processor/simulated/accounts/acct_nobody/").status_code == 404
