"""A timeline as a file, and as the manufacturer may read it."""

import pytest

from support.explain import export
from support.explain.timeline import Moment
from tests.kit.explain_pages import now

pytestmark = pytest.mark.django_db


def test_cards_and_addresses_are_cut_in_what_is_shared():
    moments = [
        Moment(now(), "ok", "A card was accepted", "Decision", "04A1B2C3D4"),
        Moment(now(), "ok", "Reset", "Command", "kim@example.com"),
        Moment(now(), "ok", "kim@example.com wrote", "Message", "04:A1:B2:C3:D4, Invalid"),
        Moment(now(), "ok", "9.00 USD was captured", "Payment"),
    ]

    shared = export.redact_moments(moments)

    assert [(one.sentence, one.detail) for one in shared] == [
        ("A card was accepted", "…D4"),
        ("Reset", ""),
        ("(a person) wrote", "…D4, Invalid"),
    ]
