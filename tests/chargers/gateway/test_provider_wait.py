"""Roaming cards whose provider is asked while the driver waits: a real gateway, a real worker, a provider on a port."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Decision, IssuerQuestion, MobilityProvider, Token
from billing.models import Session
from chargers.lib import secrets
from chargers.models import Message, Transaction
from tests.kit import gateway as gateways
from tests.kit.gateway import Device, looking
from tests.kit.provider import Manner, Standing, standing
from tests.kit.worker import issuers_worker

pytestmark = pytest.mark.django_db(transaction=True)
CARD = "NLEMS0000001"


@pytest.fixture(scope="module")
def _worker(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    with issuers_worker():
        yield


@pytest.fixture
def msp(_worker: None, transactional_db: None) -> Iterator[Standing]:
    with standing() as found:
        yield found
    while IssuerQuestion.objects.filter(state="open", begun_at__isnull=False).exists():
        time.sleep(0.05)
    if IssuerQuestion.objects.exclude(state="answered").exists():
        time.sleep(0.3)  # a worker whose question was given up notes all the same that the line broke


@pytest.fixture
def provider(msp: Standing, site) -> MobilityProvider:
    site.access = "public_roaming"
    site.save()
    return MobilityProvider.objects.create(
        country_code="NL",
        party_id="EMS",
        name="Example eMSP",
        authorize_url=msp.url,
        authorize_token_encrypted=secrets.encrypt("our-token"),
        authorize_timeout_s=2,
    )


def card(provider: MobilityProvider, *, uid: str = CARD, whitelist: str = "NEVER") -> Token:
    return Token.objects.create(msp=provider, uid=uid, canonical_uid=uid, whitelist=whitelist)


def now_text() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def start(uid: str = CARD) -> dict[str, object]:
    return {"connectorId": 1, "idTag": uid, "meterStart": 1000, "timestamp": now_text()}


def started(uid: str = CARD, *, transaction_id: str = "T1", event: str = "Started", seq: int = 0) -> dict[str, object]:
    return {
        "eventType": event,
        "timestamp": now_text(),
        "triggerReason": "Authorized",
        "seqNo": seq,
        "transactionInfo": {"transactionId": transaction_id},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": uid, "type": "ISO14443"},
    }


def line(decision: Decision) -> dict[str, object]:
    return next(one for one in decision.trace if one["step"] == "live_validation")


def test_it_accepts_a_card_that_its_provider_allows_and_bills_it_as_roaming(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(delay_s=0.3, info="Good morning", reference="REF-7"))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            token = (await device.call("Authorize", {"idTag": CARD}, message_id="A1"))["idTagInfo"]
            assert token["status"] == "Accepted"
            begun = await device.call("StartTransaction", start())
            assert begun["idTagInfo"]["status"] == "Accepted"
            assert begun["transactionId"] > 0

    asyncio.run(story())

    assert len(msp.asked) == 1, "the start is within a quarter of an hour of the provider's yes"
    assert (msp.asked[0].location, msp.asked[0].token) == ({"location_id": "sunset-1"}, "our-token")
    asked, begun = Decision.objects.order_by("id")
    assert (asked.granted_by, begun.granted_by) == ("live_validation", "approved_recently")
    assert line(asked)["values"] == {"word": "ALLOWED", "reference": "REF-7"}
    assert 300 <= line(asked)["ms"] < 1500
    assert "Example eMSP answered ALLOWED in" in line(asked)["sentence"]
    message = Message.objects.get(action="Authorize")
    assert (message.verdict, message.decision_id, message.answer_type) == ("Accepted", asked.pk, 3)
    assert message.answer_at - message.request_at >= timedelta(milliseconds=300)
    question = IssuerQuestion.objects.get()
    assert (question.state, question.word, question.message_id) == ("answered", "ALLOWED", "A1")
    assert Session.objects.get().audience == "roaming"


@pytest.mark.parametrize(("word", "status"), [("NO_CREDIT", "Invalid"), ("BLOCKED", "Blocked"), ("EXPIRED", "Expired")])
def test_it_refuses_in_1_6_with_the_providers_own_word(gateway, charger, provider, msp, word, status):
    card(provider, whitelist="ALLOWED")
    msp.answers(CARD, Manner(word=word, info="Top up first"))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            return (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]

    assert asyncio.run(story()) == status
    decision = Decision.objects.get()
    assert decision.reason == "live_validation_refused"
    assert line(decision)["values"]["word"] == word
    assert "Top up first" in line(decision)["sentence"]


@pytest.mark.parametrize("whitelist", ["ALLOWED", "ALLOWED_OFFLINE", "NEVER"])
def test_it_refuses_a_card_whose_provider_answers_a_bare_404(gateway, charger, provider, msp, whitelist):
    card(provider, whitelist=whitelist)
    msp.answers(CARD, Manner(status=404, body=b""))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            return [(await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"] for _ in range(6)]

    assert asyncio.run(story()) == ["Invalid"] * 6
    assert {one.reason for one in Decision.objects.all()} == {"live_validation_refused"}
    assert "said “Unknown token" in line(Decision.objects.first())["sentence"]
    provider.refresh_from_db()
    assert provider.breaker_opened_at is None, "an answer is no failure"


def test_it_lets_the_provider_overrule_our_copy_of_its_card(gateway, charger, provider, msp):
    card(provider)
    Token.objects.update(valid=False)
    msp.answers(CARD, Manner())

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            asked = (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]
            begun = (await device.call("StartTransaction", start()))["idTagInfo"]["status"]
            return asked, begun

    assert asyncio.run(story()) == ("Accepted", "Accepted")
    assert len(msp.asked) == 1


def test_it_records_a_2_0_1_start_at_once_and_answers_with_the_providers_word(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(word="NO_CREDIT", delay_s=1))

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            asking = asyncio.create_task(device.call("TransactionEvent", started()))
            await asyncio.sleep(0.5)
            row = await looking(Transaction.objects.get)
            assert (row.transaction_id, row.authorization_status) == ("T1", "")
            assert (await looking(Message.objects.get)).answer is None
            return await asking

    assert asyncio.run(story())["idTokenInfo"]["status"] == "NoCredit"
    row = Transaction.objects.get()
    assert (row.authorization_status, row.decision_id) == ("NoCredit", Decision.objects.get().pk)
    assert msp.asked[0].location == {"location_id": "sunset-1", "evse_uids": ["CP1-1"]}
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("whitelist", "status"), [("ALLOWED", "Accepted"), ("ALLOWED_OFFLINE", "Accepted"), ("NEVER", "Invalid")]
)
def test_it_decides_by_the_cards_policy_when_the_provider_is_silent(gateway, charger, provider, msp, whitelist, status):
    card(provider, whitelist=whitelist)
    msp.answers(CARD, Manner(delay_s=30))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            return (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]

    assert asyncio.run(story()) == status
    decision = Decision.objects.get()
    assert "did not answer within 2 seconds" in line(decision)["sentence"]
    assert decision.reason == ("" if status == "Accepted" else "live_validation_timeout")
    assert IssuerQuestion.objects.get().state == "timed_out"


def test_it_says_in_the_trace_what_came_instead_of_an_answer(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(body=b"<h1>Down for maintenance</h1>", content_type="text/html", status=503))

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            return await device.call("Authorize", {"idToken": {"idToken": CARD, "type": "ISO14443"}})

    assert asyncio.run(story())["idTokenInfo"]["status"] == "Invalid"
    assert "Example eMSP answered 503 with a web page. Its policy NEVER" in line(Decision.objects.get())["sentence"]


def test_it_serves_the_same_charger_and_others_while_one_driver_waits(
    gateway, charger, other_charger, provider, member, msp
):
    card(provider)
    msp.answers(CARD, Manner(delay_s=1.5))

    async def story():
        async with await Device.connect(gateway, "CP1") as device, await Device.connect(gateway, "CP2") as other:
            await device.send(f'[2,"slow","Authorize",{{"idTag":"{CARD}"}}]')
            assert (await device.exchange('[2,"beat","Heartbeat",{}]'))[1] == "beat"
            assert (await other.call("Authorize", {"idTag": member.uid}))["idTagInfo"]["status"] == "Accepted"
            assert (await device.receive())[1] == "slow"

    asyncio.run(story())


def test_it_asks_once_for_two_taps_and_answers_both(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(delay_s=1))

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.send(f'[2,"1","Authorize",{{"idTag":"{CARD}"}}]')
            await device.send(f'[2,"2","Authorize",{{"idTag":"{CARD.lower()}"}}]')
            return [await device.receive(), await device.receive()]

    answers = asyncio.run(story())

    assert {answer[1]: answer[2]["idTagInfo"]["status"] for answer in answers} == {"1": "Accepted", "2": "Accepted"}
    assert len(msp.asked) == 1
    assert Decision.objects.count() == 2


def test_it_answers_a_repeated_start_like_the_first_one_while_both_wait(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(delay_s=1))
    payload = start()

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.send(json.dumps([2, "1", "StartTransaction", payload]))
            await asyncio.sleep(0.3)
            async with await Device.connect(gateway, "CP1") as again:
                return await again.call("StartTransaction", payload, message_id="2")

    answer = asyncio.run(story())

    row = Transaction.objects.get()
    assert (answer["transactionId"], answer["idTagInfo"]["status"]) == (row.pk, "Accepted")
    assert Decision.objects.count() == 1
    assert Session.objects.count() == 1
    assert len(msp.asked) == 1


def test_it_bills_a_charge_that_ended_before_its_provider_had_answered(gateway, charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(delay_s=1))

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.send(json.dumps([2, "start", "TransactionEvent", started()]))
            await asyncio.sleep(0.3)
            ended = started(event="Ended", seq=1) | {"triggerReason": "StopAuthorized"}
            await device.call("TransactionEvent", ended, message_id="end")
            frame = await device.receive()
            assert frame[:2] == [3, "start"]
            return frame[2]["idTokenInfo"]["status"]

    assert asyncio.run(story()) == "Accepted"
    session = Session.objects.get()
    assert (session.audience, session.state) == ("roaming", "stopped")


def test_it_answers_at_once_while_the_breaker_is_open_and_tries_the_provider_for_nobody(
    gateway, charger, provider, msp
):
    provider.authorize_timeout_s = 1
    provider.save()
    for number in range(5):
        card(provider, uid=f"NLEMS000010{number}", whitelist="ALLOWED")
        msp.answers(f"NLEMS000010{number}", Manner(delay_s=30))
    card(provider)
    msp.answers(CARD, Manner())

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for number in range(5):
                await device.send(f'[2,"{number}","Authorize",{{"idTag":"NLEMS000010{number}"}}]')
            for _ in range(5):
                assert (await device.receive())[2]["idTagInfo"]["status"] == "Accepted"
            return (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]

    assert (asyncio.run(story()), len(msp.asked)) == ("Invalid", 5)
    last = Decision.objects.order_by("-id").first()
    assert "has not been answering, so it was not asked again" in line(last)["sentence"]
    provider.refresh_from_db()
    assert provider.breaker_opened_at is not None
    assert provider.breaker_probe_at - provider.breaker_opened_at == timedelta(seconds=30)


def test_it_repeats_for_the_charger_what_a_killed_gateway_had_begun_to_ask(charger, provider, msp):
    card(provider)
    msp.answers(CARD, Manner(delay_s=1))
    payload = start()

    async def interrupted(gateway):
        device = await Device.connect(gateway, "CP1")
        await device.send(f'[2,"1","StartTransaction",{json.dumps(payload)}]')
        await asyncio.sleep(0.6)
        os.kill(gateway.process.pid, signal.SIGKILL)
        await device.ws.wait_closed()

    async def repeated(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            return await device.call("StartTransaction", payload, message_id="1")

    with gateways.running() as gateway:
        asyncio.run(interrupted(gateway))
    assert Transaction.objects.get().authorization_status == ""
    with gateways.running() as gateway:
        answer = asyncio.run(repeated(gateway))

    row = Transaction.objects.get()
    assert (answer["transactionId"], answer["idTagInfo"]["status"]) == (row.pk, "Accepted")
    assert len(msp.asked) == 1, "the answer that came meanwhile is used"
    assert row.decision_id == Decision.objects.get().pk


def test_it_blames_nobody_but_us_when_no_worker_could_ask(charger, provider, msp):
    provider.authorize_timeout_s = 1
    provider.save()
    card(provider, whitelist="ALLOWED")

    async def story(gateway):
        async with await Device.connect(gateway, "CP1") as device:
            return (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"]

    with gateways.running(redis_url="redis://127.0.0.1:1/0") as gateway:
        assert asyncio.run(story(gateway)) == "Accepted"

    assert "was not asked: none of our workers was free" in line(Decision.objects.get())["sentence"]
    assert msp.asked == []
