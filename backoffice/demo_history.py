"""The demo's history: guests' sessions and hosts' payouts of a closed month, and sessions since then.

No row is written directly. Chargers speak OCPP through the gateway's exchange, guests pay at the simulated processor,
and its clock and ours are set to the past while the product does its daily work: it settles, captures, posts, closes
the month and sends the payouts. One of them is paid, one is carried and one fails.
"""

import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from authorization.models import User
from billing.models import Payout, Refund, Session
from billing.payments import processors
from billing.payments.processors import simulated
from billing.payouts.cycle import cycle
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import processor_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import Entered
from billing.payouts.sending import by_processor
from billing.payouts.statements import closing, files
from billing.sessions.lifecycle import lifecycle
from billing.sessions.processor_reports import reconciliation
from billing.sessions.refunds.acts import refunds as refund_acts
from billing.sessions.refunds.refunds import RefundRequest
from billing.sessions.settlement import settle
from billing.sessions.starting import ordering
from chargers.gateway import exchange
from chargers.journal import group_commit
from chargers.journal.connection import Connection
from chargers.journal.group_commit import WorkResult
from chargers.lib import ids
from chargers.models import Charger, Host, Property
from chargers.properties import time_zones
from chargers.protocol import frames
from chargers.protocol.frames import Call, CallResult, Version
from support.lookup import prefill
from support.models import Ticket
from support.requests.acts import requests
from support.tickets.lifecycle import Facts, NewTicket
from support.topics.details import Detail
from support.topics.topic import Asker

logger = logging.getLogger(__name__)

_DELAY: Final = timedelta(days=2)
_PAID_AFTER: Final = timedelta(days=6)
"""How long after a month's end its payouts may take to reach the bank; a more recent month is not closed here."""
_OLDEST_MESSAGE_DAYS: Final = 63
_METER_STARTS_WH: Final = 40_000
_POWER_W: Final = 7_000
_CARD: Final = "4242 4242 4242 4242"
_SATURDAY: Final = 5
_DEAR: Final = 5
_UNPAID: Final = 10
"""Topics of the demo's requests for help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A guest's visit: when, where, and how much they charge."""

    at: datetime
    charger_id: str
    wh: int
    refund_minor: int = 0

    @property
    def lasts(self) -> timedelta:
        return timedelta(hours=self.wh / _POWER_W)


def make(*, now: datetime, log: Callable[[str], None] = logger.debug) -> bool:
    """Creates the month once, in an installation without any session. Returns False if nothing was created.

    `log` is called with each step that takes seconds.
    """
    keeps_messages = settings.MESSAGE_RETENTION_DAYS >= _OLDEST_MESSAGE_DAYS
    if Session.objects.exists() or processors.default() != simulated.SimulatedProcessor.name or not keeps_messages:
        return False
    zone = ZoneInfo(time_zones.of_host(Host.objects.get(slug="sunset")))
    begins_at, ends_at = closed_month(zone=zone, now=now)
    try:
        simulated.set_clock(begins_at)
        _agree(begins_at)
        log(f"charging at the demo's chargers through {begins_at:%B %Y}")
        lines: dict[str, DemoConnection] = {}
        for visit in _visits(begins_at, ends_at):
            _charge(visit, lines)
        log("closing the month and sending its payouts")
        _pay_out(ends_at)
        log("charging since then, until today")
        for visit in visits_since(ends_at + _PAID_AFTER, now):
            _charge(visit, lines)
    finally:
        simulated.set_clock(datetime.now(tz=UTC))
    reconciliation.pull(now=now)
    for line in lines.values():
        line.close(at=now)
    log("writing its statements")
    closing.close_due(now=now)
    files.write_due(now=now)
    _ask_for_help(now=now)
    return True


def _ask_for_help(*, now: datetime) -> None:
    """Opens two requests: a guest's about an expensive session, from its page, and a host's about the failed payout."""
    session = Session.objects.filter(host__slug="sunset").order_by("-id")[0]
    origin = prefill.of_session(session)
    dear = NewTicket(
        topic=_DEAR,
        text="I paid more than last time. Was it the waiting?",
        asker=Asker.GUEST,
        origin=Ticket.Origin.FORM,
        email="kim@example.com",
        facts=origin.facts,
        known_details=origin.details,
    )
    requests.open_ticket(dear, acknowledges=False, now=now - timedelta(hours=3))
    failed = Payout.objects.select_related("host", "property").filter(state=Payout.State.FAILED).first()
    if failed is None:
        return
    host_user = User.objects.get(email="host@example.com")
    unpaid = NewTicket(
        topic=_UNPAID,
        text="The hotel’s payout of last month has not arrived.",
        asker=Asker.HOST,
        origin=Ticket.Origin.PORTAL,
        email=host_user.email,
        user=host_user,
        facts=Facts(host=failed.host, property=failed.property, payout=failed),
        known_details={Detail.PAYOUT_ID: failed.label},
    )
    requests.open_ticket(unpaid, acknowledges=False, now=now - timedelta(hours=26))


def closed_month(*, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Returns the newest calendar month whose payouts have had time to arrive; half-open."""
    end = (now - _PAID_AFTER).astimezone(zone).date().replace(day=1)
    begin = (end - timedelta(days=1)).replace(day=1)
    return cycle.midnight(begin, zone), cycle.midnight(end, zone)


def _agree(begins_at: datetime) -> None:
    """Makes the agreements of both hosts; Sunset Stays has two bank accounts, and Lakeside Lofts none yet."""
    agent, host_user = User.objects.get(email="agent@example.com"), User.objects.get(email="host@example.com")
    sunset, lakeside = Host.objects.get(slug="sunset"), Host.objects.get(slug="lakeside")
    for host in (sunset, lakeside):
        scope = Scope(host=host, currency="USD")
        terms = {"platform_fee_pct": 8, "processing": "actual", "cycle": "monthly", "delay_days": _DELAY.days}
        month = cycle.midnight(
            (begins_at + timedelta(days=1)).date().replace(day=1), ZoneInfo(time_zones.of_host(host))
        )
        payee_act_acts.agree(scope, valid_from=month, by=agent, now=begins_at, **terms)
    payee_act_acts.set_up(sunset, by=host_user, return_url="/", again_url="/", now=begins_at)
    account = processor_accounts.find(sunset)
    assert account is not None
    simulated.require(account.ref)  # as if all questions had been answered on its page
    processor_accounts.refresh_state(account, now=begins_at)
    hotel = Property.objects.get(slug="harbour-hotel")
    for property_, holder, number in (
        (None, "Sunset Stays LLC", "000123456789"),
        (hotel, "Harbour Hotel", "000987654321"),
    ):
        scope = Scope(host=sunset, currency="USD", property_=property_)
        entered = Entered(holder=holder, routing="110000000", number=number)
        waiting = payee_act_acts.enter_account(scope, entered, by=host_user, now=begins_at)
        payee_act_acts.confirm_account(waiting, by=agent, now=begins_at)


def _visits(begins_at: datetime, ends_at: datetime) -> Iterator[Visit]:
    """Yields the visits in order of time.

    The last one ends too late for its money to be available before the month ends.
    """
    plan = (
        (9, "CP-SUNSET-1", 14_200, 0), (11, "CP-LAKE-1", 9_600, 0), (12, "CP-HARBOUR-2", 11_300, 0),
        (13, "CP-SUNSET-1", 21_750, 0), (15, "CP-SUNSET-1", 8_900, 200), (17, "CP-HARBOUR-2", 13_050, 0),
        (18, "CP-SUNSET-1", 30_400, 0), (20, "CP-SUNSET-1", 17_100, 0), (21, "CP-LAKE-1", 12_400, 0),
        (22, "CP-SUNSET-1", 25_300, 0), (24, "CP-SUNSET-1", 19_800, 0),
    )  # fmt: skip
    for day, charger_id, wh, refund_minor in plan:
        at = begins_at + timedelta(days=day - 1, hours=16)
        yield Visit(at=at, charger_id=charger_id, wh=wh, refund_minor=refund_minor)
    yield Visit(at=ends_at - timedelta(hours=8), charger_id="CP-SUNSET-1", wh=16_400)


def visits_since(begins_at: datetime, now: datetime) -> Iterator[Visit]:
    """Yields the visits since then, in order of time: one an evening, two a day at weekends.

    Visits that would have ended less than an hour ago are left out.
    """
    chargers = itertools.cycle(("CP-SUNSET-1", "CP-HARBOUR-2", "CP-SUNSET-1", "CP-LAKE-1", "CP-SUNSET-1"))
    takes_wh = itertools.cycle((18_400, 9_750, 27_300, 14_050, 22_900, 7_600, 31_200))
    for day in range((now - begins_at).days + 1):
        midnight = begins_at + timedelta(days=day)
        is_weekend = midnight.weekday() >= _SATURDAY
        for hour in (10, 18) if is_weekend else (17 + day % 4,):
            visit = Visit(at=midnight + timedelta(hours=hour), charger_id=next(chargers), wh=next(takes_wh))
            if visit.at + visit.lasts < now - timedelta(hours=1):
                yield visit


def _charge(visit: Visit, lines: dict[str, "DemoConnection"]) -> None:
    """Plays a visit from "Pay and start" to the receipt. A charger stays connected after its first visit."""
    simulated.set_clock(visit.at)
    charger = Charger.objects.select_related("property").get(charger_id=visit.charger_id)
    if visit.charger_id not in lines:
        lines[visit.charger_id] = DemoConnection(charger, at=visit.at - timedelta(minutes=5))
    line = lines[visit.charger_id]
    order = lifecycle.GuestOrder(charger=charger, evse_number=1, connector_number=1)
    session = lifecycle.open_for_guest(order, now=visit.at)
    ordering.pay(session, ordering.PaymentOrder(card=_CARD, return_url=""), now=visit.at)
    line.charge(session.id_token, wh=visit.wh, lasts=visit.lasts, at=visit.at + timedelta(seconds=10))
    left_at = visit.at + visit.lasts + timedelta(minutes=4)
    simulated.set_clock(left_at)
    settle.catch_up(now=left_at)
    settle.settle_due(now=left_at)
    if visit.refund_minor:
        _refund(session, visit.refund_minor, at=left_at + timedelta(days=1))


def _refund(session: Session, amount_minor: int, *, at: datetime) -> None:
    simulated.set_clock(at)
    request = RefundRequest(
        amount_minor=amount_minor,
        reason=Refund.Reason.GOODWILL,
        fault=Refund.Fault.HOST,
        explanation="The cable was in use when the guest arrived.",
    )
    host_user = User.objects.get(email="host@example.com")
    refund_acts.give(session.receipts.get(), request, by=host_user, confirm_repeat=False, now=at)


def _pay_out(ends_at: datetime) -> None:
    """Closes the month and sends its payouts: one comes back, the other arrives."""
    close_at = ends_at + _DELAY + timedelta(hours=12)
    simulated.set_clock(close_at)
    reconciliation.pull(now=close_at)
    cycle.close_due(now=close_at)
    by_processor.send_due(now=close_at)
    refused = Payout.objects.get(property__slug="harbour-hotel")
    simulated.set_clock(close_at + timedelta(days=1))
    simulated.fail_payout(refused.processor_ref, code="account_closed")
    by_processor.send_due(now=close_at + timedelta(days=1))
    arrived_at = close_at + timedelta(days=2, hours=1)
    simulated.set_clock(arrived_at)
    by_processor.send_due(now=arrived_at)
    reconciliation.pull(now=arrived_at)


class DemoConnection:
    """The connection of a charger that speaks OCPP 1.6, as its gateway saw it at that time."""

    def __init__(self, charger: Charger, *, at: datetime) -> None:
        self._connection = Connection(charger=charger, version=Version.V16, id=ids.generate(now=at))
        self._store(exchange.register_connection(self._connection, now=at))
        self._status("Available", at=at)

    def charge(self, uid: str, *, wh: int, lasts: timedelta, at: datetime) -> None:
        """Obeys the ordered start; the car takes its energy and leaves at once."""
        self._accept_next_command(at=at)
        begin = at + timedelta(minutes=1)
        self._status("Preparing", at=at + timedelta(seconds=30))
        start = {"connectorId": 1, "idTag": uid, "meterStart": _METER_STARTS_WH, "timestamp": _stamp(begin)}
        transaction_id = self._send_call("StartTransaction", start, at=begin)["transactionId"]
        self._status("Charging", at=begin + timedelta(seconds=5))
        steps = max(int(lasts / timedelta(minutes=15)), 1)
        for step in range(1, steps + 1):
            self._meter(transaction_id, _METER_STARTS_WH + wh * step // steps, at=begin + lasts * step / steps)
        end = begin + lasts
        stop = {
            "transactionId": transaction_id,
            "meterStop": _METER_STARTS_WH + wh,
            "timestamp": _stamp(end),
            "reason": "EVDisconnected",
        }
        self._send_call("StopTransaction", stop, at=end)
        self._status("Available", at=end + timedelta(minutes=1))

    def close(self, *, at: datetime) -> None:
        """Closes the connection after a last message, so that it was not offline for longer than it was silent."""
        self._send_call("Heartbeat", {}, at=at)
        self._store(exchange.end_connection(self._connection, code=1000, now=at))

    def _accept_next_command(self, *, at: datetime) -> None:
        with transaction.atomic():
            command = exchange.next_command(self._connection, now=at)
            group_commit.store([command])
        accepted = CallResult(command.value.message_id, {"status": "Accepted"})
        text = frames.dump(accepted)
        self._store(exchange.handle_answer(self._connection, command.value, frame=accepted, text=text, now=at))

    def _meter(self, transaction_id: int, register_wh: int, *, at: datetime) -> None:
        value = {"value": str(register_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        values = [{"timestamp": _stamp(at), "sampledValue": [value]}]
        self._send_call("MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}, at=at)

    def _status(self, word: str, *, at: datetime) -> None:
        status = {"connectorId": 1, "errorCode": "NoError", "status": word, "timestamp": _stamp(at)}
        self._send_call("StatusNotification", status, at=at)

    def _send_call(self, action: str, payload: dict[str, Any], *, at: datetime) -> Any:
        call = Call(f"{ids.generate(now=at)}", action, payload)
        text = frames.dump(call)
        with transaction.atomic():
            outcome = exchange.handle_frame(self._connection, text=text, frame=call, now=at, is_presence_due=True)
            group_commit.store([outcome])
        answer = frames.parse(outcome.value, version=Version.V16)
        return answer.payload if isinstance(answer, CallResult) else {}

    def _store(self, outcome: WorkResult) -> None:
        with transaction.atomic():
            group_commit.store([outcome])


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
