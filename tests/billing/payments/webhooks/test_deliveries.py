"""Webhooks: what is told, once, signed, tried again, given up, and to nobody else."""

import base64
import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import orjson
import pytest
from django.db import transaction

from billing.models import Receipt, Refund, Session, Subscription, WebhookDelivery, WebhookEndpoint
from billing.payments.processors import simulated
from billing.payments.webhooks import deliveries
from billing.payments.webhooks.deliveries import EndpointError
from billing.sessions.documents import receipts
from billing.sessions.home import home_charging
from billing.sessions.plans import subscriptions
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import refunds
from billing.sessions.settlement import settle
from chargers.models import Host
from tests.billing.conftest import minutes
from tests.kit import gateway, receiver
from tests.kit.at_once import at_once
from tests.kit.disputes import tell_all
from tests.kit.home import charge as home
from tests.kit.subscriptions import APRIL, POOR, START, save

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)


@pytest.fixture
def theirs(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with receiver.standing() as standing:
        yield standing


@pytest.fixture
def endpoint(site, theirs) -> WebhookEndpoint:
    return add(site.host, theirs.url)


def add(host, url, kinds=None) -> WebhookEndpoint:
    made, made.plain = deliveries.add(host, url=url, kinds=kinds, by="user:owner@example.com", now=NOW)
    return made


def charged(site, *, wh: int = 6000) -> Session:
    """A member's session of 3.00, settled."""
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, wh, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    session.refresh_from_db()
    return session


def test_it_tells_of_a_settled_session_and_its_receipt_once_however_often_it_runs(site, endpoint, theirs):
    site.rate("member")
    session = charged(site)
    site.work(now=minutes(62))
    for _ in range(3):
        deliveries.deliver_due(now=NOW)

    assert theirs.kinds == ["receipt.issued", "session.settled"]
    settled = next(post.event for post in theirs.posts if post.event["type"] == "session.settled")
    assert (settled["host"], settled["timestamp"]) == ("sunset", "2026-03-10T18:01:00Z")
    told = settled["data"]
    assert (told["id"], told["state"], told["station_id"], told["receipt"]) == (
        str(session.pk),
        "settled",
        "SUN001",
        session.receipts.get().label,
    )
    assert (told["energy_wh"], told["total_minor"], told["currency"]) == (5000, 300, "USD")
    assert WebhookDelivery.objects.exclude(delivered_at=NOW).count() == 0


def test_whoever_has_the_secret_can_tell_that_it_is_from_us(site, endpoint, theirs):
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)

    (post,) = theirs.posts
    key = base64.b64decode(endpoint.plain.removeprefix("whsec_"))
    signed = b".".join([post.headers["webhook-id"].encode(), post.headers["webhook-timestamp"].encode(), post.body])
    assert (
        post.headers["webhook-signature"]
        == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    )
    assert post.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert post.headers["webhook-id"] == post.event["id"] == str(WebhookDelivery.objects.get().event_id)
    assert len(key) == 32
    assert endpoint.plain not in WebhookEndpoint.objects.get().secret


def test_the_example_of_the_documentation_verifies_it(site, endpoint, theirs):
    text = (gateway.ROOT / "docs" / "webhooks.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    names: dict = {}
    exec(code, names)
    deliveries.test(endpoint, now=datetime.now(tz=UTC))
    deliveries.deliver_due(now=datetime.now(tz=UTC))
    (post,) = theirs.posts

    assert names["is_ours"](post.headers, post.body, secret=endpoint.plain)
    assert not names["is_ours"](post.headers, post.body + b" ", secret=endpoint.plain)
    assert not names["is_ours"](post.headers | {"webhook-timestamp": "1"}, post.body, secret=endpoint.plain)


def test_the_documentation_names_every_kind_and_shows_what_each_one_tells(site, taken, endpoint, contract):
    text = (gateway.ROOT / "docs" / "webhooks.md").read_text()
    found = re.findall(r"^    (\{\"id\": .+?\})$\n(?! )", text, re.M | re.S)
    shown = [set(orjson.loads(one)) for one in found if "{...}" not in one]
    tell_all()
    home(site, contract.token, 10_000, at=minutes(90))
    home_charging.close(site.host, date(2026, 3, 1), now=datetime(2026, 4, 3, tzinfo=UTC))
    deliveries.publish(deliveries.Kind.RECEIPT_ISSUED, Receipt.objects.get(), now=NOW)

    assert [kind for kind in deliveries.Kind.values if f"`{kind}`" not in text] == []
    for row in WebhookDelivery.objects.all():
        assert set(orjson.loads(row.body)["data"]) in shown, row.kind
    assert WebhookDelivery.objects.values("kind").distinct().count() == 4


def test_it_tells_only_what_was_asked_for_and_only_to_that_host(site, theirs):
    other = Host.objects.create(slug="lakeside", name="Lakeside", currency="USD", country="US")
    add(other, theirs.url)
    mine = add(site.host, theirs.url, kinds=["receipt.issued"])
    site.rate("member")
    charged(site)

    assert [(row.endpoint, row.kind) for row in WebhookDelivery.objects.all()] == [(mine, "receipt.issued")]


def test_it_tells_nothing_of_an_act_that_was_rolled_back(site, endpoint):
    site.rate("member")
    session = charged(site)
    WebhookDelivery.objects.all().delete()
    with transaction.atomic():
        deliveries.publish(deliveries.Kind.SESSION_SETTLED, session, now=NOW)
        assert WebhookDelivery.objects.exists()
        transaction.set_rollback(True)

    assert not WebhookDelivery.objects.exists()


def test_it_costs_one_query_where_nobody_is_told(site, django_assert_num_queries):
    site.rate("member")
    session = charged(site)

    with django_assert_num_queries(1):
        deliveries.publish(deliveries.Kind.SESSION_SETTLED, session, now=NOW)


def test_it_tells_of_sessions_that_fail_are_held_or_waived(site, endpoint):
    site.rate("member")
    charged(site, wh=1000)
    held = charged(site, wh=900)
    assert held.state == "held"
    told = {row.kind: orjson.loads(row.body)["data"] for row in WebhookDelivery.objects.all()}
    assert told["session.held"]["total_minor"] is None
    assert told["session.held"]["reason"] == held.state_reason != ""
    assert (told["session.failed"]["state"], told["session.failed"]["total_minor"]) == ("failed", 0)

    assert settle.waive(held.pk, reason="The meter was replaced.", now=NOW)
    waived = WebhookDelivery.objects.get(key=f"session.failed:{held.pk}")
    assert "The meter was replaced." in orjson.loads(waived.body)["data"]["reason"]


def test_it_tells_of_corrections_refunds_and_disputes_to_their_end(site, taken, endpoint):
    tell_all()
    dispute = site.host.disputes.get()
    simulated.decide_dispute(dispute.processor_ref, is_won=True)
    disputes.learn_open(now=NOW)
    receipt = Receipt.objects.get()
    receipts.correct(receipt, receipts.Company(name="Acme", address="1 Main St", country="US"), now=NOW)
    wanted = refunds.RefundRequest(
        amount_minor=100, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    refund = refunds.request(receipt, wanted, by="user:a@example.com", now=NOW)
    refunds.send(refund.pk, now=NOW)

    told = {row.kind: orjson.loads(row.body)["data"] for row in WebhookDelivery.objects.all()}
    assert set(told) == {"dispute.opened", "dispute.decided", "receipt.corrected", "credit_note.issued"}
    assert (told["dispute.opened"]["state"], told["dispute.decided"]["state"]) == ("needs_response", "won")
    assert told["receipt.corrected"]["replaces"] == receipt.label
    note = told["credit_note.issued"]
    assert (note["total_minor"], note["net_minor"], note["currency"], note["reason"]) == (-100, -100, "USD", "Goodwill")
    assert not any(name in str(told) for name in ("Acme", "Main St", "4242"))


def test_it_tells_the_life_of_a_subscription_and_no_name(site, endpoint, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    for _ in range(2):
        subscriptions.keep_up(now=APRIL)
    subscriptions.end_at_once(Subscription.objects.get(), now=APRIL + timedelta(days=9))
    subscriptions.keep_up(now=APRIL + timedelta(days=9, minutes=1))

    rows = WebhookDelivery.objects.order_by("id")
    assert sorted(row.kind for row in rows) == [
        "invoice.credited",
        "invoice.issued",
        "invoice.issued",
        "subscription.begun",
        "subscription.ended",
        "subscription.renewed",
    ]
    told = {row.kind: orjson.loads(row.body)["data"] for row in rows}
    assert (told["subscription.begun"]["state"], told["subscription.begun"]["period"]["number"]) == ("active", 1)
    assert (told["subscription.renewed"]["period"]["total_minor"], told["subscription.ended"]["state"]) == (
        3100,
        "ended",
    )
    assert "kim" not in "".join(row.body for row in rows).lower()


def test_it_tells_of_a_fee_that_could_not_be_taken_and_of_the_end(site, endpoint, kim, plan, card):
    subscriptions.subscribe(kim, plan, card=card, now=START)
    poor = save(kim, POOR)
    Subscription.objects.update(card=poor)
    for days in range(40):
        subscriptions.keep_up(now=APRIL + timedelta(days=days))

    told = {row.kind: orjson.loads(row.body)["data"] for row in WebhookDelivery.objects.all()}
    assert told["subscription.past_due"]["past_due_since"] == "2026-04-01T04:00:00Z"
    assert told["subscription.past_due"]["period"]["failure"]
    assert told["subscription.ended"]["end_reason"]
    subscriptions.pay(Subscription.objects.get().periods.get(number=2), card, now=APRIL + timedelta(days=50))
    assert "subscription.renewed" not in set(WebhookDelivery.objects.values_list("kind", flat=True))


def test_it_tells_nothing_of_a_subscription_whose_first_payment_was_refused(site, endpoint, kim, plan):
    subscriptions.subscribe(kim, plan, card=save(kim, POOR), now=START)

    assert not WebhookDelivery.objects.exists()


def test_it_tells_what_an_employer_was_billed(site, endpoint, contract):
    home(site, contract.token, 10_000)
    home_charging.close(site.host, date(2026, 3, 1), now=datetime(2026, 4, 3, tzinfo=UTC))

    told = orjson.loads(WebhookDelivery.objects.get(kind="home_invoice.issued").body)["data"]
    assert (told["employer"], told["month"], told["total_minor"]) == ("Acme", "2026-03", 310)


def test_it_tries_again_for_three_days_and_then_gives_up_and_disables(site, endpoint, theirs):
    theirs.answers = [500] * 99
    deliveries.test(endpoint, now=NOW)
    tried, at = [], NOW
    for _ in range(12):
        deliveries.deliver_due(now=at - timedelta(seconds=1))  # not before its time
        if deliveries.deliver_due(now=at) or len(theirs.posts) == len(tried):
            break
        tried.append(at - NOW)
        at = WebhookDelivery.objects.get().next_try_at

    assert [step.total_seconds() / 60 for step in tried] == [0, 1, 6, 36, 156, 516, 1956, 3396, 4356]
    row, told = WebhookDelivery.objects.get(), WebhookEndpoint.objects.get()
    assert (row.given_up_at, row.tries, row.last_status) == (NOW + tried[-1], 9, 500)
    assert row.last_error == "answered 500 (Internal Server Error)"
    assert told.disabled_at == row.given_up_at
    assert told.disabled_why == "It took nothing for three days. At last it answered 500 (Internal Server Error)."
    assert {post.headers["webhook-id"] for post in theirs.posts} == {str(row.event_id)}
    site.rate("member")
    charged(site)
    assert WebhookDelivery.objects.count() == 1  # who is disabled is told nothing


def test_one_success_forgets_the_failures_before(site, endpoint, theirs):
    theirs.answers = [503, 204, 503]
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)
    assert WebhookEndpoint.objects.get().failing_since == NOW
    deliveries.deliver_due(now=NOW + timedelta(minutes=1))
    assert WebhookEndpoint.objects.get().failing_since is None
    deliveries.test(endpoint, now=NOW + timedelta(days=4))
    deliveries.deliver_due(now=NOW + timedelta(days=4))

    assert WebhookEndpoint.objects.get().disabled_at is None


def test_who_is_gone_is_disabled_at_once_and_told_the_rest_when_enabled(site, endpoint, theirs):
    theirs.answers = [410]
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)
    gone = WebhookEndpoint.objects.get()
    assert gone.disabled_why == "It answered 410: it is gone and wants nothing more."
    with pytest.raises(EndpointError, match="disabled"):
        deliveries.test(gone, now=NOW)
    assert deliveries.deliver_due(now=NOW + timedelta(hours=1)) == 0

    assert deliveries.enable(gone)
    assert deliveries.deliver_due(now=NOW + timedelta(hours=1)) == 1


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_it_takes_no_other_answer_for_a_yes_and_follows_nobody(endpoint, theirs, status):
    theirs.answers = [status]
    deliveries.test(endpoint, now=NOW)

    assert deliveries.deliver_due(now=NOW) == 0
    row = WebhookDelivery.objects.get()
    assert (row.last_status, row.delivered_at) == (status, None)
    assert len(theirs.posts) == 1


def test_it_goes_to_no_private_address_also_when_that_became_so_later(site, endpoint, theirs, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)

    assert theirs.posts == []
    assert "not public" in WebhookDelivery.objects.get().last_error


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "no address"),
        ("https://", "no address"),
        ("https://[::1/", "no address"),
        ("https://example.com:99999/", "no address"),
        ("https://ex\x00ample.com/", "no address"),
        ("http://example.com/hooks", "https://"),
        ("https://me:secret@example.com/", "name and password"),
        ("https://127.0.0.1/hooks", "private"),
        ("https://[::ffff:10.0.0.1]/hooks", "private"),
        ("http://169.254.169.254/latest", "private"),
        ("https://exa mple.com/", "no valid host name"),
        ("https://167772165/", "private"),
        ("https://192.88.99.1/", "private"),
        ("https://8.8.8.8:22/", "Port 22 is reserved for another service"),
    ],
)
def test_it_takes_no_address_that_it_could_not_or_must_not_call(site, url, why):
    with pytest.raises(EndpointError, match=why):
        deliveries.add(site.host, url=url, kinds=None, by="user:x", now=NOW)


def test_it_takes_ten_addresses_of_a_host_and_each_once(site):
    for number in range(10):
        deliveries.add(site.host, url=f"https://example.com/{number}", kinds=None, by="user:x", now=NOW)
    with pytest.raises(EndpointError, match="at most 10"):
        deliveries.add(site.host, url="https://example.com/10", kinds=None, by="user:x", now=NOW)
    site.host.webhook_endpoints.first().delete()
    with pytest.raises(EndpointError, match="already"):
        deliveries.add(site.host, url="https://example.com/5", kinds=None, by="user:x", now=NOW)


def test_it_sends_the_same_event_again_when_asked(endpoint, theirs):
    deliveries.test(endpoint, now=NOW)
    row = WebhookDelivery.objects.get()
    with pytest.raises(EndpointError, match="on its way"):
        deliveries.send_again(row, now=NOW)
    deliveries.deliver_due(now=NOW)
    deliveries.send_again(row, now=LATER)
    deliveries.deliver_due(now=LATER)

    first, second = theirs.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]  # its time is another


def test_a_new_secret_signs_what_comes_from_then_on(endpoint, theirs):
    fresh = deliveries.new_secret(endpoint)
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)

    (post,) = theirs.posts
    signed = deliveries.build_signed_headers(
        post.body.decode(), event_id=post.headers["webhook-id"], secret=fresh, now=NOW
    )
    assert post.headers["webhook-signature"] == signed["Webhook-Signature"]
    assert fresh != endpoint.plain


def test_a_silent_endpoint_does_not_keep_another_waiting(site, endpoint, theirs):
    silent = add(site.host, "http://127.0.0.1:1/hooks")
    for _ in range(40):
        deliveries.test(silent, now=NOW)
    deliveries.test(endpoint, now=LATER)

    assert deliveries.deliver_due(now=LATER) == 1
    assert len(theirs.posts) == 1
    assert silent.deliveries.filter(tries=1).count() == 4
    assert "could not be reached" in silent.deliveries.filter(tries=1)[0].last_error


def test_it_forgets_what_ended_a_month_ago_and_nothing_that_waits(endpoint, theirs):
    deliveries.test(endpoint, now=NOW)
    deliveries.deliver_due(now=NOW)
    deliveries.test(endpoint, now=NOW)

    assert deliveries.forget_old(now=NOW + timedelta(days=29)) == 0
    assert deliveries.forget_old(now=NOW + timedelta(days=31)) == 1
    assert WebhookDelivery.objects.get().delivered_at is None


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_event_once(transactional_db, site, endpoint, theirs):
    for _ in range(4):
        deliveries.test(endpoint, now=NOW)

    at_once(8, lambda: deliveries.deliver_due(now=NOW))

    assert len({post.headers["webhook-id"] for post in theirs.posts}) == len(theirs.posts) == 4


KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from ipaddress import ip_network
from django.conf import settings
from billing.payments.webhooks import deliveries
settings.OUTBOUND_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
setattr(deliveries, sys.argv[1], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
deliveries.deliver_due(now=datetime.fromisoformat(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("killed_in", "came"), [("send", 1), ("note", 2)])
def test_a_killed_worker_loses_nothing_and_may_tell_twice_with_the_same_id(
    transactional_db, site, endpoint, theirs, killed_in, came
):
    deliveries.test(endpoint, now=NOW)
    worker = subprocess.run(
        [sys.executable, "-c", KILLED, killed_in, NOW.isoformat()],
        cwd=gateway.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "backoffice.settings", **gateway.environment()},
        timeout=60,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL
    assert deliveries.deliver_due(now=NOW + timedelta(minutes=1)) == 0  # the claim still holds

    assert deliveries.deliver_due(now=NOW + timedelta(minutes=2)) == 1
    assert len(theirs.posts) == came
    assert len({post.headers["webhook-id"] for post in theirs.posts}) == 1
