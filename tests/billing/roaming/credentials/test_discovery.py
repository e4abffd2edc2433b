"""What a partner offers: its versions, and the endpoints of the one that both speak."""

import pytest

from chargers.models import Host
from tests.billing.roaming.conftest import connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("500", "answered 500"),
        ("307", "a redirect to"),
        ("429", "answered 429"),
        ("truncated", "something that is no OCPI"),
        ("status 3000", "OCPI status 3000"),
    ],
)
def test_a_step_that_fails_says_why(ours, msp, partner, fault, sentence):
    partner.faults["/ocpi/versions"] = [fault]
    step = connect(msp)[-1]
    assert (step.name, step.is_done) == ("versions", False)
    assert sentence in step.sentence


def test_what_is_missing_is_said_before_anything_is_sent(ours, msp, partner):
    Host.objects.update(ocpi_party_id="")
    (step,) = connect(msp)
    assert (step.is_done, partner.requests) == (False, [])
    assert "party id" in step.sentence
