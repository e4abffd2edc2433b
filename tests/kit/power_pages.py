"""What the tests of acts.power, power.power_outlets and views.power share."""

from datetime import UTC, datetime
from decimal import Decimal

from chargers.models import (
    Charger,
    Evse,
    PowerLimit,
    Transaction,
)

NOW = datetime.now(tz=UTC)


def filled(world, **fields):
    evse = Evse.objects.get(charger=world.charger)
    return {
        "enabled": "on", "amount": "20", "unit": "A", "phases": "3", "voltage_v": "230", "strategy": "equal",
        "minimum_a": "6", "offline_a": "6", f"outlet-{evse.pk}-takes_part": "on", f"outlet-{evse.pk}-wiring": "RST",
        f"outlet-{evse.pk}-priority": "0", **fields,
    }  # fmt: skip


def held(world, amount="20", **fields):
    return PowerLimit.objects.create(property=world.site, enabled=True, amount=Decimal(amount), **fields)


def plug_in(charger, *, number="1"):
    Charger.objects.filter(pk=charger.pk).update(
        connection_id="00000000-0000-7000-8000-000000000001", connected_at=NOW, ocpp_version="1.6"
    )
    return Transaction.objects.create(
        charger=charger, transaction_id=number, ocpp_version="1.6", evse_number=1, started_at=NOW, start_received_at=NOW
    )
