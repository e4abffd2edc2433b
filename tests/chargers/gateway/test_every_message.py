"""Every message of the three versions through a real socket: a conforming answer, and its fact on a page."""

import asyncio
import html
import json
import uuid
from datetime import UTC, datetime

import pytest
from django.test import Client

from authorization.models import Membership, User
from chargers.models import Message
from chargers.protocol import schemas
from chargers.protocol.events import Misfit
from chargers.protocol.frames import Version
from chargers.protocol.schemas import PayloadPart, Sender
from chargers.protocol.versions import v16, v21, v201
from tests.kit import examples, inbound
from tests.kit.gateway import Device

TRANSLATORS = {Version.V16: v16, Version.V201: v201, Version.V21: v21}
ELSEWHERE = {"SignCertificate"}
SENT_WITHOUT_ANSWER = "NotifyPeriodicEventStream"
EVERY = [
    (version, action)
    for version in Version
    for action in sorted(schemas.actions(version=version, sender=Sender.CHARGER) - ELSEWHERE)
]


@pytest.mark.parametrize("version", Version)
def test_its_table_has_a_row_for_every_action_that_a_charger_may_send(version):
    told = {row.action for one, row in inbound.rows() if one is version}

    assert told == schemas.actions(version=version, sender=Sender.CHARGER) - ELSEWHERE


@pytest.mark.parametrize(
    ("version", "row"), [pytest.param(version, row, id=f"{version}-{row.action}") for version, row in inbound.rows()]
)
def test_it_answers_as_the_standard_says_and_shows_the_fact(gateway, charger, member, version, row):
    asked = schemas.violations(version=version, action=row.action, part=PayloadPart.REQUEST, payload=row.payload)
    assert asked == () or (row.action, asked[0].path) == ("DataTransfer", "data")

    async def story():
        async with await Device.connect(gateway, "CP1", version=version.value) as device:
            for action, payload in row.before:
                started = await device.call(action, payload)
                row.payload.update({"transactionId": started["transactionId"]} if "transactionId" in started else {})
            if row.action == SENT_WITHOUT_ANSWER:
                await device.send(json.dumps([6, str(uuid.uuid4()), row.action, row.payload]))
                await device.call("Heartbeat", {})
                return None
            return await device.call(row.action, row.payload)

    answer = asyncio.run(story())

    if answer is not None:
        found = schemas.violations(version=version, action=row.action, part=PayloadPart.RESPONSE, payload=answer)
        assert found == ()
        assert {key: answer.get(key) for key in row.answer} == row.answer
    page = html.unescape(owner(charger).get(row.page).content.decode())
    assert row.fact in page
    assert not Message.objects.filter(is_error=True).exists()


@pytest.mark.parametrize("build", [examples.least, examples.most])
@pytest.mark.parametrize(("version", "action"), EVERY)
def test_it_takes_what_the_schema_allows(build, version, action):
    payload = build(version, action)
    assert schemas.violations(version=version, action=action, part=PayloadPart.REQUEST, payload=payload) == ()

    found = TRANSLATORS[version].read(action, payload, now=datetime(2026, 3, 10, 13, tzinfo=UTC))

    assert not isinstance(found, Misfit)
    assert all("clock" not in one.sentence for one in found.deviations)


@pytest.mark.parametrize(("version", "action"), EVERY)
def test_it_takes_a_notice_that_leaves_out_everything(version, action):
    found = TRANSLATORS[version].read(action, {}, now=datetime(2026, 3, 10, 13, tzinfo=UTC))

    if isinstance(found, Misfit):
        assert action in NEEDS_SOMETHING, found.sentence
    else:
        assert action not in NEEDS_SOMETHING
        assert getattr(found.event, "summary", "x")


NEEDS_SOMETHING = {
    "Authorize", "DataTransfer", "SecurityEventNotification", "StartTransaction", "StatusNotification",
    "TransactionEvent", "GetCertificateChainStatus", "VatNumberValidation", "OpenPeriodicEventStream",
    "ClosePeriodicEventStream", "NotifyPeriodicEventStream",
}  # fmt: skip


def owner(charger):
    user = User.objects.create(email="owner@example.com")
    Membership.objects.create(user=user, host=charger.property.host, role="owner")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
