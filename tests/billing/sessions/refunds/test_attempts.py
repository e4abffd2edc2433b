"""The parts of a session's refund, each brought to its end by itself, and what follows from them for the whole."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Refund, SimulatedPayment
from tests.kit import charging
from tests.kit.refunds_pages import paid, text_of

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}


def test_what_the_processor_refused_is_sent_again_or_given_back_another_way(world, paid, client_of):
    client = client_of(world.owner)
    SimulatedPayment.objects.update(refunded_minor=850)
    refused = text_of(
        client.post(f"/sessions/{paid.pk}/refund/", {**SAID, "amount": "2", "confirmed": "yes"}, follow=True)
    )
    answer = f"/sessions/refunds/{Refund.objects.get().pk}/"
    assert "The processor refused" in refused
    assert "Send it again" in refused
    assert "could not go back to the card ending 4242" in refused

    still = text_of(client.post(answer, {"do": "again"}, follow=True))
    silent = text_of(client.post(answer, {"do": "otherwise", "how": " "}, follow=True))
    by_hand = text_of(client.post(answer, {"do": "otherwise", "how": "In cash, at the desk."}, follow=True))

    assert "The processor refused" in still
    assert "Say how it was given back" in silent
    assert "$2.00 was given back another way." in by_hand
    assert "“In cash, at the desk.”" in by_hand
    assert "In cash, at the desk." in text_of(Client().get(f"/s/{paid.secret}/"))
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["refund.asked", "refund.sent_again", "refund.given_otherwise"]


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_others_answer_no_refusal(world, paid, client_of, person):
    refund = charging.refund(paid)
    Refund.objects.update(state="refused")

    for do in ("again", "otherwise"):
        answer = client_of(getattr(world, person)).post(f"/sessions/refunds/{refund.pk}/", {"do": do, "how": "x"})
        assert answer.status_code == 404
    refund.refresh_from_db()
    assert refund.state == "refused"
