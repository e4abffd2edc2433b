"""Complaints: a guest says what is wrong with a receipt; the host gives something back, or answers with a sentence."""

from datetime import timedelta

import pytest

from billing.models import Complaint, Receipt
from billing.sessions.refunds import complaints
from tests.kit.complaints_pages import complain, paid, text_of

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"about": "energy", "text": "The car took nothing.", "email": ""}
REFUND = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble.", "confirmed": "yes"}


def test_an_old_receipt_and_one_that_was_given_back_take_none(world, paid, client_of):
    now = Receipt.objects.get().issued_at + timedelta(days=121)
    assert "older than 120 days" in complaints.obstacle(paid, now=now)

    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"amount": "9"})

    assert "given back already" in text_of(complain(paid))
    assert not Complaint.objects.exists()
