"""Back offices that are slow, away, broken or hostile: the charger is answered all the same, as it is set up."""

import asyncio
import ipaddress
import json
import signal
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authorization.models import Decision, Opinion
from chargers.models import Charger, Forward, LocalList, Message, Transaction, UpstreamLink
from chargers.simulator.partner import Partner
from tests.kit import gateway as gateways
from tests.kit import stories
from tests.kit.calls_16 import sampled, start
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored

CARD = "04A1B2C3D4"
NOBODY = "ws://127.0.0.1:9/ocpp"


def set_up(charger, **fields):
    Charger.objects.filter(pk=charger.pk).update(**fields)


def answer_of(payload):
    return payload["idTagInfo"]["status"]


@pytest.mark.parametrize(
    ("absent", "listed", "word", "reason"),
    [
        ("own_rules", None, "Accepted", ""),
        ("refuse", None, "Invalid", "upstream_silent"),
        ("local_list", None, "Invalid", "upstream_silent"),
        ("local_list", "Accepted", "Accepted", ""),
        ("local_list", "Blocked", "Invalid", "upstream_silent"),
    ],
)
def test_it_does_as_the_charger_is_set_up_while_the_leader_is_away(
    gateway, charger, member, absent, listed, word, reason
):
    set_up(charger, leader_absent=absent)
    if listed:
        LocalList.objects.create(
            charger=charger, version=1, entries={CARD.lower(): {"status": listed}}, accepted_at="2026-01-01T00:00Z"
        )
    stories.connect(charger, "Away", NOBODY, role="leader")

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())
            first = answer_of(await device.call("Authorize", {"idTag": CARD}))
            started = await device.call("StartTransaction", start())
            assert await device.call("MeterValues", sampled(2000, transaction_id=started["transactionId"])) == {}
            return first, started

    first, started = asyncio.run(story())

    assert first == answer_of(started) == word
    row = Transaction.objects.get()
    assert (row.pk, row.upstream, row.authorization_status) == (started["transactionId"], "Away", word)
    decisions = list(Decision.objects.order_by("id"))
    assert [(one.decided_by, one.reason) for one in decisions] == [("us", reason)] * 2
    assert all("Away leads here and could not be reached" in one.trace[0]["sentence"] for one in decisions)
    assert Forward.objects.filter(delivered_at=None).count() == 2
    if absent == "refuse":
        assert set(Opinion.objects.values_list("name", "accepted")) == {("us", True)}


def test_a_slow_leader_is_waited_for_once_and_its_late_word_is_kept(gateway, charger, member):
    set_up(charger, leader_limit_s=1)

    async def story():
        async with standing(cards=frozenset()) as leader:
            await looking(lambda: stories.connect(charger, "Slow", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                leader.manner.delay_s = 3
                first = answer_of(await device.call("Authorize", {"idTag": CARD}))
                second = answer_of(await device.call("Authorize", {"idTag": CARD}))
                assert not await looking(lambda: Opinion.objects.filter(late=True).exists())
                await until_stored(lambda: Opinion.objects.filter(late=True).exists())
            return first, second

    assert asyncio.run(story()) == ("Accepted", "Accepted")
    assert "did not answer within 1 s" in Decision.objects.order_by("id").first().trace[0]["sentence"]
    late = Opinion.objects.filter(late=True).first()
    assert (late.name, late.voice, late.accepted) == ("Slow", "leader", False)


ODD = {
    "garbage": lambda frame: "<html>",
    "another message id": lambda frame: json.dumps([3, "nobody-asked", {"idTagInfo": {"status": "Accepted"}}]),
    "no status": lambda frame: json.dumps([3, frame[1], {"idTagInfo": {}}]),
    "an unknown status": lambda frame: json.dumps([3, frame[1], {"idTagInfo": {"status": "Perhaps"}}]),
    "an error": lambda frame: json.dumps([4, frame[1], "InternalError", "", {}]),
    "silence": lambda frame: "",
    "5 MiB": lambda frame: json.dumps([3, frame[1], {"pad": "x" * 5_000_000}]),
}


@pytest.mark.parametrize("kind", list(ODD))
def test_an_answer_that_is_none_never_reaches_the_charger(gateway, charger, member, kind):
    set_up(charger, leader_limit_s=1, leader_absent="refuse")

    async def story():
        async with standing() as leader:
            leader.on_frame = lambda _, frame: ODD[kind](frame) if frame[2] != "Heartbeat" else None
            await looking(lambda: stories.connect(charger, "Odd", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                token = await device.call("Authorize", {"idTag": CARD})
                started = await device.call("StartTransaction", start())
                assert "currentTime" in await device.call("Heartbeat", {})
                return token, started

    token, started = asyncio.run(story())

    assert answer_of(token) == answer_of(started) == "Invalid"
    assert started["transactionId"] == Transaction.objects.get().pk
    assert {one.reason for one in Decision.objects.all()} == {"upstream_silent"}


def test_a_second_answer_changes_nothing(gateway, charger, member):
    def twice(connection, frame):
        if frame[2] != "Authorize":
            return None
        yes, no = ({"idTagInfo": {"status": word}} for word in ("Accepted", "Invalid"))
        asyncio.get_running_loop().call_later(
            0.05, lambda: asyncio.ensure_future(connection.send(json.dumps([3, frame[1], no])))
        )
        return json.dumps([3, frame[1], yes])

    async def story():
        async with standing() as leader:
            leader.on_frame = twice
            await looking(lambda: stories.connect(charger, "Twice", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                token = await device.call("Authorize", {"idTag": CARD})
                await until_stored(lambda: Message.objects.filter(upstream="Twice", is_error=True).exists())
                assert "currentTime" in await device.call("Heartbeat", {})
                return token

    assert answer_of(asyncio.run(story())) == "Accepted"
    assert Decision.objects.get().verdict == "accepted"


def test_a_flood_of_commands_is_answered_and_leaves_a_sample(gateway, charger, other_charger, member):
    async def story():
        async with standing() as follower:
            await looking(lambda: stories.connect(charger, "Flood", follower))
            async with await Device.connect(gateway, "CP1") as device, await Device.connect(gateway, "CP2") as other:
                await device.call("Heartbeat", {})
                await until(lambda: "CP1" in follower.connections)
                answers = await asyncio.gather(
                    *(follower.command("CP1", "Reset", {"type": "Hard"}) for _ in range(300))
                )
                reads = [asyncio.create_task(follower.command("CP1", "GetConfiguration", {})) for _ in range(30)]
                await other.call("Heartbeat", {})
                busy = [one for one in await _first(reads, 22) if one[0] == 4]
                return answers, busy

    answers, busy = asyncio.run(story())

    assert [answer[2]["status"] for answer in answers] == ["Rejected"] * 300
    assert len(busy) == 22
    assert Message.objects.filter(upstream="Flood", action="Reset").count() <= 20


async def _first(tasks, count):
    done = []
    for one in asyncio.as_completed(tasks):
        done.append(await one)
        if len(done) == count:
            break
    for task in tasks:
        task.cancel()
    return done


def test_a_private_address_is_not_called_unless_it_is_permitted(transactional_db, charger, member):
    async def story(gateway):
        async with standing() as leader:
            await looking(lambda: stories.connect(charger, "Private", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())
                assert answer_of(await device.call("Authorize", {"idTag": CARD})) == "Accepted"
            return leader

    with gateways.running() as gateway:
        leader = asyncio.run(story(gateway))

    assert not leader.seen
    assert "OUTBOUND_ALLOWED_NETWORKS" in UpstreamLink.objects.get().error


@pytest.mark.parametrize(
    ("fields", "version", "error"),
    [
        ({"password": "wrong"}, "1.6", "refused the user name or password (401)"),
        ({"password": "right", "subprotocol": "ocpp2.0.1"}, "1.6", "is set up for ocpp2.0.1"),
    ],
)
def test_it_says_why_a_back_office_is_not_connected(gateway, charger, fields, version, error):
    async def story():
        async with standing(password="right") as follower:
            await looking(lambda: stories.connect(charger, "Locked", follower, **fields))
            async with await Device.connect(gateway, "CP1", version=version) as device:
                await device.call("Heartbeat", {})
                await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())

    asyncio.run(story())

    link = UpstreamLink.objects.get()
    assert error in link.error
    assert link.next_try_at is not None or link.connected_at is None


def test_the_right_password_opens_it(gateway, charger):
    async def story():
        async with standing(password="right") as follower:
            await looking(lambda: stories.connect(charger, "Locked", follower, password="right"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                await until_stored(lambda: UpstreamLink.objects.filter(connected_at__isnull=False).exists())
                await until(lambda: follower.received("Heartbeat"))

    asyncio.run(story())


def test_a_backlog_survives_the_death_of_the_gateway(transactional_db, charger, member):
    number = stories.port()
    networks = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}

    async def charges(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            ours = (await device.call("StartTransaction", start()))["transactionId"]
            for wh in range(2000, 7000, 1000):
                await device.call("MeterValues", sampled(wh, transaction_id=ours))
        gateway.process.send_signal(signal.SIGKILL)
        gateway.process.wait()

    async def comes_back(gateway):
        async with standing(number, first=31) as follower, await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await until(lambda: len(follower.received("MeterValues")) == 5)
            await until_stored(lambda: not Forward.objects.filter(delivered_at=None).exists())
            return follower

    stories.connect(charger, "Watching", f"ws://127.0.0.1:{number}/ocpp")
    with gateways.running(more=networks) as first:
        asyncio.run(charges(first))
    with gateways.running(more=networks) as second:
        follower = asyncio.run(comes_back(second))

    assert len(follower.received("StartTransaction")) == 1
    assert [one["transactionId"] for one in follower.received("MeterValues")] == [31] * 5
    told = [one["meterValue"][0]["sampledValue"][0]["value"] for one in follower.received("MeterValues")]
    assert told == ["2000", "3000", "4000", "5000", "6000"]


def test_a_repeated_start_is_answered_as_before_and_told_nobody_twice(gateway, charger, member):
    payload = start()

    async def story():
        async with standing() as leader:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                first = await device.call("StartTransaction", payload)
                second = await device.call("StartTransaction", payload)
            return first, second, leader

    first, second, leader = asyncio.run(story())

    assert first["transactionId"] == second["transactionId"]
    assert answer_of(first) == answer_of(second) == "Accepted"
    assert len(leader.received("StartTransaction")) == 1


def self_signed(tmp_path, *, valid):
    """A certificate for 127.0.0.1 that is its own authority: its file with the key, and its text."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(tz=UTC)
    begins, ends = (
        (now - timedelta(days=1), now + timedelta(days=1))
        if valid
        else (
            now - timedelta(days=9),
            now - timedelta(days=1),
        )
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "server.pem"
    file.write_bytes(text + secret)
    return file, text.decode()


@pytest.mark.parametrize(
    ("valid", "trusted", "error"),
    [(True, True, ""), (False, True, "certificate has expired"), (True, False, "self-signed certificate")],
)
def test_its_certificate_must_be_good(gateway, charger, tmp_path, valid, trusted, error):
    file, text = self_signed(tmp_path, valid=valid)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def story():
        partner = Partner()
        url = await partner.start(tls=context)
        await looking(lambda: stories.connect(charger, "Secured", url, authority=text if trusted else ""))
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            wanted = {"failed_at__isnull": False} if error else {"connected_at__isnull": False}
            await until_stored(lambda: UpstreamLink.objects.filter(**wanted).exists())
        partner.kill()

    asyncio.run(story())

    assert error in UpstreamLink.objects.get().error


def test_one_that_comes_and_goes_is_tried_ever_more_rarely(gateway, charger):
    async def story():
        async with standing() as flapping:
            await looking(lambda: stories.connect(charger, "Flapping", flapping))
            flapping.on_frame = lambda connection, _: connection.transport.abort() or ""
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
                await asyncio.sleep(6)
                assert "currentTime" in await device.call("Heartbeat", {})
            return flapping

    assert 2 <= len(asyncio.run(story()).received("BootNotification")) <= 4


def test_a_new_follower_of_a_connected_charger_learns_how_it_does(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device, standing() as follower:
            await device.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
            await device.call("StatusNotification", status)
            await looking(lambda: stories.connect(charger, "Late", follower))
            await until(lambda: len(follower.seen) == 2)
            return follower

    follower = asyncio.run(story())

    assert follower.received("BootNotification")[0]["chargePointVendor"] == "V"
    assert follower.received("StatusNotification")[0]["status"] == "Charging"


def test_a_charger_that_changes_the_gateway_takes_its_backlog_along(gateway, charger, member):
    number = stories.port()

    async def story(second):
        await looking(lambda: stories.connect(charger, "Watching", f"ws://127.0.0.1:{number}/ocpp"))
        async with await Device.connect(gateway, "CP1") as before:
            ours = (await before.call("StartTransaction", start()))["transactionId"]
            await before.call("MeterValues", sampled(2000, transaction_id=ours))
            async with standing(number, first=31) as follower, await Device.connect(second, "CP1") as after:
                await after.call("MeterValues", sampled(3000, transaction_id=ours))
                await until(lambda: len(follower.received("MeterValues")) == 2, within_s=30)
                await until_stored(lambda: not Forward.objects.filter(delivered_at=None).exists())
                await asyncio.sleep(1)
                return follower

    with gateways.running(more={"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}) as second:
        follower = asyncio.run(story(second))

    delivered = [one for one in follower.seen if one.action in {"StartTransaction", "MeterValues"}]
    assert [one.action for one in delivered] == ["StartTransaction", "MeterValues", "MeterValues"]
    assert {one.payload["transactionId"] for one in delivered[1:]} == {31}
