"""The session's page while a car charges: what it costs, that it is done, and stopping it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as mailbox
from django.db.models import F
from django.test import Client

from billing import mail
from billing.models import IdleNotice, Receipt, Session
from billing.sessions.documents import outbox
from billing.sessions.lifecycle import idle_notices, lifecycle
from billing.sessions.settlement import settle
from billing.sessions.starting import ordering
from chargers.commands import queue
from chargers.models import Charger, Command, StatusReport, Transaction
from chargers.sentences import commands
from tests.kit import charging
from tests.kit.running import RATE, now, running
from tests.kit.views_live import done, page

__all__ = ["now", "running"]


def send_mails(now):
    outbox.send_due(mail.send, now=now)


def test_it_says_that_charging_has_ended_and_until_when_staying_is_free(running, now):
    ended = now - timedelta(minutes=4)
    done(running, at=ended)

    text = page(running)

    assert "Charging has ended: please unplug" in text
    assert "you may stay plugged in for free, then it costs $0.15 a minute, at most $10.00." in text
    assert "5 min left for free" in text or "6 min left for free" in text
    assert "kW now" not in text


def test_it_says_that_the_idle_fee_runs(running, now):
    done(running, at=now - timedelta(minutes=30))

    text = page(running)

    assert "staying plugged in costs $0.15 a minute" in text
    assert "left for free" not in text


def test_it_writes_before_the_idle_fee_begins_once(running, now):
    done(running, at=now - timedelta(minutes=2))

    for _ in range(2):
        idle_notices.notify_due(now=now)
    send_mails(now)

    assert [message.to for message in mailbox.outbox] == [["kim@example.com"]]
    assert "then it costs $0.15 a minute, at most $10.00." in mailbox.outbox[0].body
    assert f"/s/{running.secret}/" in mailbox.outbox[0].body
    assert mailbox.outbox[0].subject == f"{running.property.name}: charging has ended, please unplug"


def receipt_of(session, *, now):
    charging.finish(session.transaction, wh=7000, at=now)
    settle.settle_due(now=now + timedelta(minutes=5))
    return Receipt.objects.get(session=session).document["report"]["idle"]


def test_it_shows_on_the_receipt_when_the_driver_was_notified(running, now):
    done(running, at=now - timedelta(minutes=7))
    page(running)

    idle = receipt_of(running, now=now + timedelta(minutes=20))

    assert idle["noticed_at"] is not None
    assert (
        "The driver was notified, by e-mail or on the session’s open page, on"
        in Client().get(f"/s/{running.secret}/receipt/").content.decode()
    )


def test_it_shows_on_the_receipt_that_nobody_could_be_notified(running, now):
    done(running, at=now - timedelta(minutes=7))

    idle = receipt_of(running, now=now + timedelta(minutes=20))

    assert (idle["noticed_at"], idle["billed_minutes"] > 0) == (None, True)
    assert "no e-mail address was left" in Client().get(f"/s/{running.secret}/receipt/").content.decode()


def test_it_bills_no_idle_fee_without_a_notice_where_the_host_chose_so(running, now):
    version = running.rate_version
    definition = RATE | {"idle": RATE["idle"] | {"only_after_notice": True}}
    type(version).objects.filter(pk=version.pk).update(definition=definition)
    done(running, at=now - timedelta(minutes=7))

    idle = receipt_of(running, now=now + timedelta(minutes=20))

    assert (idle["billed_minutes"], idle["unnoticed_s"] > 0) == (0, True)


def test_it_notes_each_end_of_charging_once_however_often_the_page_asks(running, now):
    done(running, at=now - timedelta(minutes=2))

    for _ in range(3):
        page(running)

    assert IdleNotice.objects.filter(session=running).count() == 1


def test_it_sends_one_stop_for_two_tabs(running):
    for _ in range(2):
        Client().post(f"/s/{running.secret}/stop")

    assert Command.objects.filter(action="RemoteStopTransaction").count() == 1
    text = page(running)
    assert "Stopping…" in text
    assert "Stop charging</button>" not in text


def test_it_says_that_a_stop_waits_for_a_charger_that_is_away(running):
    Charger.objects.update(connection_id=None)

    Client().post(f"/s/{running.secret}/stop")

    text = page(running)
    assert "The stop is waiting to be sent." in text
    assert "It is sent automatically if the charger reconnects within a minute." in text
    assert "Unplug your car: that ends the session." in text
    assert "nothing was sent" not in text
    assert "We could not stop the charger." not in text


@pytest.mark.parametrize("connection", [None, uuid.UUID(int=1)])
def test_it_says_that_a_stop_was_dropped_when_the_charger_stayed_away(running, connection):
    """After the minute the page went back to “Stop charging”, without a word."""
    Charger.objects.update(connection_id=None)
    Client().post(f"/s/{running.secret}/stop")
    Command.objects.update(created_at=F("created_at") - queue.STOP_REMEMBERED)
    Charger.objects.update(connection_id=connection)

    text = page(running)

    assert "We could not stop the charger." in text
    assert "The stop was not carried out because the charger stayed offline." in text
    assert "Or call +1 555 0100." in text
    assert "Try to stop again" in text


def test_it_says_that_a_charger_refused_to_stop_and_lets_the_guest_try_again(running, now):
    command = ordering.stop(running, now=now).command
    queue.take_next(running.charger, connection_id=uuid.uuid4(), now=now)
    queue.close(
        command.pk,
        state="rejected",
        outcome=commands.describe_status("", "Rejected"),
        reply={"status": "Rejected"},
        now=now,
    )

    assert "We could not stop the charger." in page(running)
    assert ordering.stop(running, now=now).is_new


def test_it_says_that_an_accepted_stop_had_no_effect(running, now):
    ordered = ordering.stop(running, now=now - timedelta(seconds=90)).command
    Command.objects.filter(pk=ordered.pk).update(state="accepted")

    text = page(running)

    assert "The charger agreed to stop, but goes on." in text


def test_it_shows_the_cost_and_the_share_of_the_hold(running):
    text = page(running)

    assert "$3.80 of the $40.00 held on your card" in text
    assert '<meter min="0" max="4000" value="380"' in text
    assert "1 h 00 min" in text


def test_it_says_that_doubtful_readings_are_being_checked(world, running, now):
    charging.read(running.transaction, 900_000, at=now - timedelta(minutes=1))

    text = page(running)

    assert "being checked" in text
    assert "The charger's meter reports what cannot be true." in text
    assert "Nothing is taken from your card until the host has checked it." in text
    assert "$0.00" not in text


def test_it_blames_the_meter_for_no_other_doubt(running, now):
    """A session that is merely too long read “meter reports what cannot be true”."""
    Transaction.objects.update(started_at=now - timedelta(days=400))
    running.refresh_from_db()

    text = page(running)

    assert "Someone will check this session before it is billed." in text
    assert "what cannot be true" not in text


@pytest.mark.parametrize("is_held", [True, False])
def test_it_speaks_of_the_rest_of_a_hold_only_where_there_is_one(running, now, is_held):
    StatusReport.objects.create(
        charger=running.charger, evse_number=running.evse_number, connector_number=1, status="Available", at=now,
        received_at=now,
    )  # fmt: skip
    if not is_held:
        running.holds.all().delete()

    text = page(running)

    assert "You pay only what was charged." in text
    assert ("The rest of the hold is released." in text) is is_held


def test_it_says_the_idle_fee_with_the_tax_that_is_billed(world, running, now):
    version = running.rate_version
    taxed = RATE | {"tax": {"mode": "exclusive", "rates": {"idle": "20", "energy": "20", "connection": "20"}}}
    type(version).objects.filter(pk=version.pk).update(definition=taxed)
    done(running, at=now - timedelta(minutes=4))

    assert "then it costs $0.18 a minute, at most $12.00." in page(running)


def test_it_rounds_the_free_minutes_up(running, now):
    done(running, at=now - timedelta(seconds=5))

    assert "10 min left for free" in page(running)


def test_it_counts_the_minutes_that_are_billed(running, now):
    done(running, at=now - timedelta(minutes=6))
    later = now + timedelta(minutes=7)

    found = lifecycle.running(running, now=later)

    assert (found.cost.idle_minutes, found.fee_from < later) == (3, True)


def test_it_says_since_when_the_charger_is_out_of_contact(running, now):
    Charger.objects.update(connection_id=None, disconnected_at=now - timedelta(minutes=2))

    assert "We have had no contact with the charger since" in page(running)


def test_a_stop_that_waited_goes_out_when_the_charger_is_back(running, now):
    Charger.objects.update(connection_id=None)
    Client().post(f"/s/{running.secret}/stop")
    Charger.objects.update(connection_id=uuid.uuid4())
    queue.recall_stops([running.charger_id], now=datetime.now(tz=UTC))

    text = page(running)

    assert "The charger has been asked to stop." in text
    assert "The stop is waiting to be sent." not in text


def test_a_session_that_costs_nothing_has_no_receipt_and_promises_none(running, now):
    charging.finish(running.transaction, wh=20, at=now)
    assert Session.objects.get(pk=running.pk).state == "failed"

    answer = Client().get(f"/s/{running.secret}/receipt/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/s/{running.secret}/")
    told = Client()
    text = told.post(f"/s/{running.secret}/email", {"email": "kim@example.com"}, follow=True).content.decode()
    assert "so there is no receipt to send" in text


def test_a_running_session_counts_its_time_by_our_clock(running, now):
    session = running
    Charger.objects.filter(pk=session.charger_id).update(clock_offset_s=-120)
    Transaction.objects.filter(pk=session.transaction_id).update(started_at=now - timedelta(minutes=7))

    text = page(session)

    assert "<dd>5 min</dd>" in text
