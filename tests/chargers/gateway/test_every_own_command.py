"""Every command that the product makes by itself or by a form reaches a charger as a valid frame, in each version."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from authorization.models import User
from chargers.acts import security as security_acts
from chargers.commands import builder, forms, queue, sending
from chargers.commands.builder import Details, UsualAction
from chargers.commands.forms import Kind
from chargers.models import Command, Message
from chargers.power import profiles
from chargers.power.profiles import Profile, Purpose, Unit
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart, Sender
from chargers.security import passwords
from chargers.settings import settings
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_OF_KIND = {
    Kind.TEXT: "https://example.com/x", Kind.LONG: "0 16\n60 10.5", Kind.NUMBER: 2, Kind.DECIMAL: Decimal("7.35"),
    Kind.TIME: NOON, Kind.CHECK: True, Kind.EVSE: 1, Kind.FREE_EVSE: 1, Kind.CARD: "04A1B2C3D4", Kind.TRANSACTION: "12",
    Kind.CERTIFICATE: "-----BEGIN CERTIFICATE-----",
}  # fmt: skip
DETAILS = Details(
    evse_number=1,
    uid="04A1B2C3D4",
    transaction_id="12",
    remote_start_id=7,
    key="OCPPCommCtrlr.HeartbeatInterval",
    value="300",
)


@pytest.fixture
def agent(db):
    return User.objects.create_user("agent@example.com", "secret-password-1", is_agent=True)


def _values(offer, version):
    """Every input of a form, filled in."""
    filled = {}
    for one in offer.inputs(version):
        value = one.choices[-1][0] if one.kind is Kind.CHOICE else _OF_KIND[one.kind]
        filled[one.name] = value[: one.most] if isinstance(value, str) and one.most else value
    return filled | ({"purpose": "TxDefaultProfile", "kind": "Daily"} if offer.key == "set_profile" else {})


def _by_forms(charger, version, agent, *, now):
    """The console's forms; a start is refused before it is sent, so that here it goes as its buttons send it."""
    for group in forms.supported_groups(version):
        for offer in group.offers:
            for order in sending.build_orders(charger, offer, _values(offer, version), now=now):
                if order.action not in queue.START_ACTIONS:
                    yield offer.key, sending.send(charger, order, by=agent, now=now)


def _by_itself(charger, version, agent, *, now):
    """What no form makes: passwords, certificates, settings, limits of power, the buttons and the safe ladder."""
    yield "password", passwords.begin(charger, origin="system", now=now).command
    yield "certificate", security_acts.renew_certificate(charger, by=agent, now=now)
    settings.read_after_boot(charger, version=version, now=now)
    yield "settings", Command.objects.order_by("created_at", "id").last()
    for action in UsualAction:
        order = builder.build(action, DETAILS, version=version)
        yield action, queue.request(charger, sending.request_of(order, origin="system"), now=now)
    for purpose in Purpose:
        profile = Profile(
            purpose=purpose,
            evse_number=1,
            amps=Decimal(16),
            unit=Unit.AMPERES,
            phases=3,
            voltage_v=230,
            transaction_id="12",
        )
        for action, payload in (
            ("SetChargingProfile", profiles.set_payload(profile, version=version.value)),
            ("ClearChargingProfile", profiles.clear_payload(purpose, evse_number=1, version=version.value)),
        ):
            yield purpose, queue.request(charger, queue.CommandRequest(action, payload, "system"), now=now)


async def _converse(gateway, version, make):
    """Lets `make` store its commands one by one; each frame that reaches the charger, by its command."""
    frames = []
    async with await Device.connect(gateway, "CP1", version=version.value) as device:
        await device.call("Heartbeat", {})
        while (row := await looking(make)) is not None:
            frame = await device.receive()
            frames.append((row, frame))
            await device.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
            await until(lambda pk=row[1].pk: Command.objects.filter(pk=pk, answered_at__isnull=False).exists())
    return frames


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("source", [_by_forms, _by_itself])
def test_every_command_of_ours_reaches_the_charger(gateway, charger, agent, version, source):
    charger.ocpp_version = version.value
    charger.save()
    rows = source(charger, version, agent, now=datetime.now(tz=UTC))

    sent = asyncio.run(_converse(gateway, version, lambda: next(rows, None)))

    assert sent
    for (key, row), frame in sent:
        assert frame[2] == row.action, key
        assert frame[2] in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM)
        faults = schemas.violations(version=version, action=frame[2], part=PayloadPart.REQUEST, payload=frame[3])
        assert faults == (), key
        assert "hidden" not in json.dumps(frame), key
    assert not Command.objects.exclude(secret_encrypted="").exists()
    assert not [one for one in Message.objects.filter(direction="out") if "/u/" in one.request]


def test_a_secret_that_breaks_the_schema_is_not_quoted(gateway, charger):
    payload, hidden = queue.hide({"key": "AuthorizationKey", "value": "open-sesame" * 50})

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            request = queue.CommandRequest("ChangeConfiguration", payload, "system", secret_encrypted=hidden)
            row = await looking(lambda: queue.request(charger, request, now=datetime.now(tz=UTC)))
            await until(lambda: Command.objects.get(pk=row.pk).state == "error")

    asyncio.run(story())

    row = Command.objects.get()
    assert row.outcome == "It was not sent: value does not fit OCPP 1.6, and holds a password."
    assert row.secret_encrypted == ""
