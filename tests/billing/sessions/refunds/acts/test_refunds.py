"""A refund of a session: given, approved or declined by a second person, sent again, given another way."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Refund
from tests.kit.logging_in import logged_in
from tests.kit.refunds_pages import paid, text_of
from tests.kit.world import PASSWORD, make_user

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}


def test_a_second_person_agrees_above_the_limit(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    first, second = client_of(world.owner), client_of(make_user("second@example.com", world.host, "owner"))
    asked = first.post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "6", "confirmed": "yes"}, follow=True)
    answer = f"/sessions/refunds/{Refund.objects.get().pk}/"
    assert "waits for a second person" in text_of(asked)
    for page in (f"/s/{paid.secret}/", f"/s/{paid.secret}/receipt/"):
        assert "Whether something is given back is being looked at." in text_of(Client().get(page))

    alone = first.post(answer, {"do": "approve"}, follow=True)
    agreed = second.post(answer, {"do": "approve"}, follow=True)

    assert "a second person has to agree" in text_of(alone)
    assert "$6.00 is given back" in text_of(agreed)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["refund.asked", "refund.approved"]


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_others_give_nothing_back(world, paid, client_of, person):
    client = client_of(getattr(world, person))
    page = f"/sessions/{paid.pk}/refund/"

    assert client.get(page).status_code == 404
    assert client.post(page, {**SAID, "amount": "1", "confirmed": "yes"}).status_code == 404
    assert not Refund.objects.exists()


def test_the_same_refund_again_has_to_be_meant(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"
    asked = {**SAID, "amount": "1.50", "confirmed": "yes"}
    client.post(page, asked)

    warned = text_of(client.post(page, asked))
    other = client.post(page, asked | {"amount": "1.51"})

    assert "The same refund of $1.50 was asked for less than a minute ago, credit note C" in warned
    assert 'name="confirm_repeat"' in warned
    assert other.status_code == 302
    assert Refund.objects.count() == 2
    assert client.post(page, asked | {"confirm_repeat": "yes"}).status_code == 302
    assert Refund.objects.count() == 3


def test_above_the_limit_the_button_asks_a_second_person(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 5
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    above = text_of(client.post(page, {**SAID, "amount": "6"}))
    below = text_of(client.post(page, {**SAID, "amount": "4"}))

    assert "Ask a second person for $6.00" in above
    assert "Give back $6.00" not in above
    assert "Give back $4.00" in below


def test_a_stolen_session_gives_nothing_back_without_the_password(world, paid):
    """Who stole a cookie, and had charged there himself, could pay himself back."""
    page = f"/sessions/{paid.pk}/refund/"
    stolen = logged_in(world.owner)

    shown = stolen.post(page, {**SAID, "lines": ["connection"]})
    asked = stolen.post(page, {**SAID, "lines": ["connection"], "confirmed": "yes"})

    assert "$1.00 to refund" in text_of(shown)
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Refund.objects.exists()
    done = stolen.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)
    assert "$1.00 is given back; credit note C" in text_of(done)
    assert Refund.objects.get().explanation == "Sorry for the trouble."
