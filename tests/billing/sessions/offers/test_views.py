"""A guest takes back what the records prove wrong; the host sets the limits, and decides what is beyond them."""

import pytest
from django.test import Client

from billing.models import Refund, RefundOffer, RefundOfferTerms
from tests.kit.offers import broken_off, priced
from tests.kit.page_text import text_of

__all__ = ["priced"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SETTINGS = "/settings/refund-offers/sunset/"


def turned_on(world, client_of, **amounts: str):
    return client_of(world.owner).post(SETTINGS, {"most": "5", "month": "50"} | amounts, follow=True)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "U kunt $ 1,00 terugkrijgen"),
        ("de", "Sie können 1,00"),
        ("fr", "Vous pouvez récupérer 1,00"),
        ("es", "Puede recuperar 1,00"),
    ],
)
def test_it_is_offered_in_the_guest_s_language(priced, client_of, language, words):
    turned_on(priced, client_of)
    session = broken_off(priced)

    page = Client(headers={"accept-language": language}).get(f"/s/{session.secret}/receipt/")

    assert words in text_of(page).replace("\xa0", " ").replace("\u202f", " ")
    assert "The charger broke off" not in text_of(page)


def test_without_limits_the_host_decides(priced, client_of):
    session, owner = broken_off(priced), client_of(priced.owner)

    assert "You can have" not in text_of(Client().get(f"/s/{session.secret}/receipt/"))
    listed = text_of(owner.get("/money/"))
    assert "Bills that look wrong" in listed
    assert "No limit is set" in listed
    assert "1 bill looks wrong" in text_of(owner.get("/"))
    offer = RefundOffer.objects.get()
    unreasoned = text_of(owner.post(f"/sessions/offers/{offer.pk}/", {"answer": "dismiss"}, follow=True))
    assert "Say why the bill is right" in unreasoned
    done = text_of(owner.post(f"/sessions/offers/{offer.pk}/", {"answer": "give"}, follow=True))

    assert "$1.00 goes back." in done
    assert "Bills that look wrong" not in done
    assert Refund.objects.get().asked_by == "user:owner@example.com"


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"most": "0"}, "Enter an amount above zero"),
        ({"most": "1000", "month": "2000"}, "needs a second person"),
        ({"month": "1"}, "The month must allow at least one session"),
        ({"most": "1.005"}, "USD has at most 2 decimals"),
        ({"most": "lots"}, "Enter a number."),
    ],
)
def test_a_limit_that_makes_no_sense_is_named(world, client_of, amounts, words):
    page = turned_on(world, client_of, **amounts)

    assert words in text_of(page)
    assert page.status_code == 400
    assert not RefundOfferTerms.objects.exists()


def test_who_sees_money_without_handling_it_changes_no_limit(world, client_of):
    assert client_of(world.stranger).get(SETTINGS).status_code == 404
    assert client_of(world.teammate).post(SETTINGS, {"most": "5", "month": "50"}).status_code == 404
    assert not RefundOfferTerms.objects.exists()


def test_turned_off_it_waits_for_the_host_again(priced, client_of):
    turned_on(priced, client_of)
    client_of(priced.owner).post(SETTINGS, {"off": "yes"})

    broken_off(priced)

    assert RefundOffer.objects.get().state == "waiting"
