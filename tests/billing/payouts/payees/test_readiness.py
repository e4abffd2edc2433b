"""What a host still needs before it is paid: a confirmed bank account, the identity check, an agreement."""

from billing.models import ProcessorAccount
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.dashboard_pages import online, page, priced
from tests.kit.payouts import Books

__all__ = ["online", "priced"]


def test_what_payouts_wait_for_needs_somebody(priced, client_of):
    charging.guest(priced.charger)
    client = client_of(priced.owner)
    text = " ".join(page(client).split())

    assert "Payouts have no account yet." in text
    assert "The card processor has not checked yet who Sunset Stays is." in text
    assert "The share of Sunset Stays waits: there is no confirmed bank account." in text
    assert "The share of Sunset Stays waits: the card processor has not checked yet who Sunset Stays is." in text
    assert "can be paid out" not in text
    assert "Payouts have no account yet." not in page(client_of(priced.stranger))
    assert "Payouts have no account yet." not in page(client_of(priced.agent))

    Books(host=priced.host, place=priced.site, charger=priced.charger).bank()
    ProcessorAccount.objects.create(
        host=priced.host, processor="simulated", ref="acct_1", is_enabled=True, opened_at=YESTERDAY
    )
    assert "Nothing needs you." in page(client)
    assert "can be paid out" not in page(client)  # all of it can


def test_it_says_what_can_be_paid_out_while_drivers_have_not_paid(priced, client_of):
    taxed = charging.PLAIN | {"tax": {"mode": "inclusive", "rates": {"energy": "25", "connection": "25"}}}
    charging.assign(
        charging.make_rate(priced.host, slug="taxed", definition=taxed), priced.site, "guest", charger=priced.charger
    )
    Books(host=priced.host, place=priced.site, charger=priced.charger).bank()
    ProcessorAccount.objects.create(
        host=priced.host, processor="simulated", ref="acct_1", is_enabled=True, opened_at=YESTERDAY
    )
    charging.guest(priced.charger, held_minor=500)  # 9.00 with 1.80 of tax, of which a card brought 5.00

    text = " ".join(client_of(priced.owner).get("/").content.decode().split())

    assert "$4.00 not paid by drivers and partners yet" in text
    assert "$7.20" in text  # earned and owed, without tax
    assert "$4.00 of it can be paid out; $3.20 of it once drivers and partners have paid" in text
    assert "with tax: the $3.20 above is " in text
