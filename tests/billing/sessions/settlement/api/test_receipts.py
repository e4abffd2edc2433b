"""The REST API about receipts."""

import pytest

from tests.kit.callers import Callers, paid, rate

__all__ = ["paid", "rate"]

pytestmark = pytest.mark.django_db


def test_it_tells_a_receipt_with_its_document(callers: Callers, paid):
    receipt = paid.receipts.get()

    told = callers.owner.get(f"receipts/{receipt.pk}/").json()

    assert (told["label"], told["session"], told["total_minor"]) == (receipt.label, str(paid.pk), 900)
    assert told["document"] == receipt.document
    assert "document" not in callers.owner.get("receipts/").json()["results"][0]
