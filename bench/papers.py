"""The books and documents, in this process with a real database: postings, receipt pages and PDFs a second."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_READINGS = 60


def report() -> None:
    from django.test import Client

    from billing.payments.books import ledger
    from billing.payments.books.ledger import Cause, Code, Movement
    from chargers.models import Host

    host = Host.objects.get(slug="bench")

    def post() -> None:
        now = datetime.now(tz=UTC)
        lines = {Code.GUEST_RECEIVABLE: 330, Code.TAX_PAYABLE: -30, Code.HOST_PAYABLE: -300}
        cause = Cause(type="bench", id=uuid.uuid4().hex, kind="issued")
        ledger.post(
            Movement(host=host, currency="USD", cause=cause, lines=lines, memo="One receipt", occurred_at=now), now=now
        )

    secret, client = _settled(host), Client(headers={"host": "127.0.0.1"})
    print("\nBooks and papers, one process with its database")
    print(f"  postings of three lines, each in a transaction of its own{_rate(post, seconds=3):>10,.0f}/s")
    for name, path in (("page", "receipt/"), ("PDF", "receipt.pdf")):
        address = f"/s/{secret}/{path}"
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        done = _rate(lambda address=address: client.get(address), seconds=3)
        print(f"  a receipt as {name}, {_READINGS} readings{done:>10,.1f}/s, {1000 / done:.1f} ms each", flush=True)


def _rate(work: Callable[[], object], *, seconds: float) -> float:
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        work()
        count += 1
    return count / (time.perf_counter() - began)


def _settled(host: "object") -> str:
    """Creates a member's session of some hours with readings, priced and settled by the product's code."""
    from authorization.models import Decision, Token
    from billing.models import Receipt, Session
    from billing.sessions.lifecycle import lifecycle
    from billing.sessions.settlement import settle
    from chargers.lib import ids
    from chargers.models import Charger, MeterValue, Transaction

    at = datetime.now(tz=UTC)  # the rate is new: the readings follow in the hours after
    charger, token = Charger.objects.filter(property__host=host).first(), Token.objects.first()
    assert charger is not None
    assert token is not None
    decision = Decision.objects.create(
        id=uuid.uuid4(),
        at=at,
        event_at=at,
        kind="start",
        host=charger.property.host,
        charger=charger,
        uid=token.uid,
        token=token,
        verdict="accepted",
        granted_by="local_group",
        status_16="Accepted",
        status_2x="Accepted",
        trace=[],
    )
    row = Transaction.objects.create(
        charger=charger,
        transaction_id="bench-paper",
        id_token=token.uid,
        started_at=at,
        start_received_at=at,
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        meter_start_wh=0,
    )
    lifecycle.begin(row, charger=charger, decision=decision, now=at)
    for number in range(1, _READINGS):
        then = at + timedelta(minutes=4 * number)
        MeterValue.objects.create(
            id=ids.derive_from_key(at=then, key=f"{row.pk}|{number}"),
            charger=charger,
            transaction=row,
            at=then,
            received_at=then,
            register_wh=500 * number,
            samples=[],
        )
    end = at + timedelta(minutes=4 * _READINGS)
    row.stopped_at = row.stop_received_at = end
    row.meter_stop_wh, row.stop_reason = 500 * _READINGS, "EVDisconnected"
    row.save()
    lifecycle.stop(row)
    settle.catch_up(now=end)
    session = Session.objects.get(transaction=row)
    settle.settle(session.pk, now=end + timedelta(minutes=40))
    if not Receipt.objects.filter(session=session).exists():
        session.refresh_from_db()
        raise SystemExit(f"the benchmark's session got no receipt: {session.state}, {session.state_reason}")
    return session.secret
