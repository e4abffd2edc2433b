"""What the tests of statements.acts, statements.csv_lines, statements.statement_files and views.statements share."""

from datetime import timedelta

import pytest

from billing.models import Receipt, Refund
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.world import World

AT = YESTERDAY if YESTERDAY.day not in {1, 2, 28, 29, 30, 31} else YESTERDAY - timedelta(days=5)
"""A moment that is not at the edge of a month."""


@pytest.fixture
def earned(world: World) -> World:
    """20 kWh for 9.00 with a refund of 2.00, both in one month."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger, at=AT)
    wanted = refunds.RefundRequest(
        amount_minor=200, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    at = AT + timedelta(hours=3)
    asked = refunds.request(Receipt.objects.get(session=session), wanted, by="owner", now=at)
    refunds.send(asked.pk, now=at)
    return world


def month() -> str:
    return f"{AT:%Y-%m}"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())
