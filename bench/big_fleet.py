"""Hosts with very many chargers, a year of sessions, and three months of messages, written by SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection

from bench.copied import copies, without_triggers

ZONE: Final = "Europe/Amsterdam"
PASSWORD: Final = "bench-of-the-fleet"
GROSS_MINOR, TAX_MINOR, ENERGY_WH = 1190, 190, 20_000
_MESSAGE_DAYS: Final = 89
_ACTIONS: Final = "ARRAY['MeterValues','MeterValues','MeterValues','MeterValues','MeterValues','MeterValues','Heartbeat','StatusNotification','StartTransaction','StopTransaction']"  # noqa: E501
_REQUEST: Final = """'[2,"' || md5(n::text) || '","' || action || '",{"connectorId":1,"transactionId":'
    || 10000000 + n % 1000000 || ',"idTag":"' || uid || '","meterValue":[{"timestamp":"' || at || '","sampledValue":[{"value":"'
    || n % 90000 || '","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"' || n % 11000
    || '","measurand":"Power.Active.Import","unit":"W"}]}]}]'"""  # noqa: E501
_MESSAGES: Final = """
INSERT INTO chargers_message (id, charger_id, direction, upstream, answered_by, ocpp_version, message_type, message_id,
    action, evse_number, uid, transaction_ref, request_at, request, answer_at, answer, answer_type, verdict, is_error,
    fault, decision_id, origin)
SELECT {id}, CASE n % 20 WHEN 0 THEN {first} ELSE {first} + n * 7919 % {chargers} END, 'in', '', '', '1.6', 2,
    md5(n::text), action, 1, uid, (10000000 + n % 1000000)::text, at, {request}, at + interval '20 milliseconds',
    '[3,"' || md5(n::text) || '",{{}}]', 3, '', false, '', NULL, ''
FROM (SELECT n, timestamptz '{begin}' + n * interval '{step_us} microseconds' AS at,
    ({actions})[1 + n % 10] AS action,
    CASE WHEN n % 10 > 7 THEN upper(lpad(to_hex(n % 20000), 8, '0')) ELSE '' END AS uid
    FROM generate_series({low}::bigint, {high}) n) made
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The size of one host. Keys of its rows begin with `first`, apart from the database's other rows."""

    slug: str
    first: int
    chargers: int
    sessions: int
    messages: int

    @property
    def properties(self) -> int:
        return max(self.chargers // 50, 2)

    @property
    def owner(self) -> str:
        return f"owner@{self.slug}.example"

    @property
    def busy(self) -> str:
        """The charger that has a twentieth of all messages."""
        return f"{self.slug.upper()}00000"

    def uuid7(self, at: str, number: str) -> str:
        """Returns SQL for a UUIDv7 of that time."""
        ms = f"lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0')"
        return f"({ms} || '70008{self.first // 1_000_000:03x}' || lpad(to_hex({number}), 12, '0'))::uuid"


FEW: Final = Size(slug="few", first=1_000_000, chargers=500, sessions=2_000, messages=10_000)
SHORT: Final = Size(slug="fleet", first=10_000_000, chargers=2_000, sessions=40_000, messages=200_000)
FULL: Final = Size(slug="fleet", first=10_000_000, chargers=10_000, sessions=1_000_000, messages=10_000_000)


def make(size: Size, *, now: datetime, log: Any = lambda _: None) -> None:
    """Writes the sessions, spread over this year, all paid by card and in the books."""
    from billing.payments.daily_totals import sums

    with without_triggers():
        made = _first(size, now)
        log("chargers")
        _chargers(made, size)
        log("sessions")
        _sessions(made, size, now=now)
        log("messages")
        _messages(size, now=now)
        log("statistics")
        with connection.cursor() as cursor:
            for table in ("billing_rating", "billing_receipt", "billing_ledgerentry", "billing_posting",
                          "chargers_transaction", "chargers_charger", "chargers_property", "chargers_evse",
                          "chargers_connector", "chargers_licence"):  # fmt: skip
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            cursor.execute("VACUUM ANALYZE")
    log("sums of days")
    sums.rebuild(now=now)  # their notes were off during the copy


def _first(size: Size, now: datetime) -> dict[str, Any]:
    """Creates one row of each kind by the product's code; copies differ in keys and times."""
    from authorization.models import Decision, Membership, User
    from bench.big_month import posted
    from billing.models import Hold, LedgerEntry, Rating, Receipt, Session
    from chargers.models import Connector, Evse, Licence, Transaction
    from tests.kit.payouts import books

    known = books(size.slug, currency="EUR")
    known.place.time_zone, known.place.access = ZONE, "guest"
    known.place.save()
    at = now - timedelta(days=2)
    owner = User.objects.create_user(size.owner, PASSWORD, email_confirmed_at=now)
    Membership.objects.create(user=owner, host=known.host, role="owner")
    licence = Licence.objects.create(charger=known.charger)
    evse = Evse.objects.create(charger=known.charger, number=1)
    connector = Connector.objects.create(evse=evse, number=1, status="Available", max_power_w=11_000)
    running = Transaction.objects.create(
        charger=known.charger,
        transaction_id="1",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        started_at=at,
        start_received_at=at,
        meter_start_wh=0,
        stopped_at=at,
        stop_received_at=at,
        meter_stop_wh=ENERGY_WH,
        register_wh=ENERGY_WH,
        register_at=at,
    )
    session = known.session(at=at)
    Session.objects.filter(pk=session.pk).update(transaction=running)
    rating = Rating.objects.create(
        session=session,
        kind="final",
        engine_version="1",
        inputs={},
        report={"lines": []},
        currency="EUR",
        total_minor=GROSS_MINOR,
        net_minor=GROSS_MINOR - TAX_MINOR,
        tax_minor=TAX_MINOR,
        energy_wh=ENERGY_WH,
        created_at=at,
    )
    receipt = Receipt.objects.create(
        host=known.host, series="2026", number=1, session=session, rating=rating, issued_at=at, document={}
    )
    hold = Hold.objects.create(
        id=session.pk,
        session=session,
        processor="simulated",
        processor_ref=f"sim_{size.slug}",
        last4="4242",
        amount_minor=4000,
        captured_minor=GROSS_MINOR,
        currency="EUR",
        state=Hold.State.CAPTURED,
        created_at=at,
        finished_at=at,
    )
    posted(known, session, receipt=str(receipt.pk), at=at)
    decision = Decision.objects.create(
        id=session.pk,
        at=at,
        event_at=at,
        kind="start",
        host=known.host,
        charger=known.charger,
        evse_number=1,
        verdict="accepted",
        status_16="Accepted",
        status_2x="Accepted",
        trace=[],
    )
    entries = {one.source_type: one for one in LedgerEntry.objects.filter(session=session)}
    return {
        "place": known.place, "charger": known.charger, "licence": licence, "evse": evse, "connector": connector,
        "transaction": running, "session": session, "rating": rating, "receipt": receipt, "hold": hold,
        "decision": decision, "entries": entries,
    }  # fmt: skip


def _chargers(made: dict[str, Any], size: Size) -> None:
    key, of_property = f"{size.first} + n", f"{size.first} + n % {size.properties}"
    copies(
        "chargers_property",
        made["place"].pk,
        size.properties,
        {"id": key, "slug": f"'{size.slug}-p' || n", "name": "'Property ' || n"},
    )
    copies(
        "chargers_charger",
        made["charger"].pk,
        size.chargers,
        {
            "id": key,
            "charger_id": f"'{size.slug.upper()}' || lpad(n::text, 5, '0')",
            "station_id": f"'{size.slug.upper()}-' || lpad(n::text, 5, '0')",
            "property_id": of_property,
            "connection_id": "CASE WHEN n % 50 > 0 THEN gen_random_uuid() END",
            "connected_at": "now() - interval '2 days'",
            "ocpp_version": "'1.6'",
            "vendor": "'Vendor ' || n % 9",
            "disconnected_at": "CASE WHEN n % 50 = 0 THEN now() - interval '1 day' END",
            "last_message_at": "now() - interval '1 minute'",
        },
    )
    copies("chargers_licence", made["licence"].pk, size.chargers, {"id": key, "charger_id": key})
    copies("chargers_evse", made["evse"].pk, size.chargers, {"id": key, "charger_id": key})
    status = "CASE WHEN n % 100 = 7 THEN 'Faulted' WHEN n % 5 = 0 THEN 'Charging' ELSE 'Available' END"
    copies(
        "chargers_connector",
        made["connector"].pk,
        size.chargers,
        {"id": key, "evse_id": key, "status": status, "status_at": "now() - n * interval '1 minute'"},
    )


def _sessions(made: dict[str, Any], size: Size, *, now: datetime) -> None:
    begin = datetime(now.year, 1, 1, tzinfo=UTC)
    step = (now - begin) // (size.sessions + 1)
    at = f"(timestamptz '{begin}' + n * interval '{step // timedelta(microseconds=1)} microseconds')"
    charger = f"{size.first} + n * 7919::bigint % {size.chargers}"
    place = f"{size.first} + n * 7919::bigint % {size.chargers} % {size.properties}"
    key, identifier = f"{size.first} + n", size.uuid7(at, "n")
    begun = f"{at} - interval '3 hours'"
    copies(
        "chargers_transaction",
        made["transaction"].pk,
        size.sessions,
        {
            "id": key,
            "charger_id": charger,
            "transaction_id": f"({size.first} + n)::text",
            "started_at": begun,
            "start_received_at": begun,
            "stopped_at": at,
            "stop_received_at": at,
        },
    )
    copies(
        "billing_session",
        made["session"].pk,
        size.sessions,
        {
            "id": identifier,
            "secret": f"md5('{size.slug}' || n)",
            "property_id": place,
            "charger_id": charger,
            "transaction_id": key,
            "opened_at": begun,
            "started_at": begun,
            "stopped_at": at,
            "settled_at": at,
            "guest_email": "CASE WHEN n % 3 = 0 THEN 'guest' || n % 5000 || '@example.com' ELSE '' END",
        },
    )
    copies("billing_rating", made["rating"].pk, size.sessions, {"id": key, "session_id": identifier, "created_at": at})
    copies(
        "billing_receipt",
        made["receipt"].pk,
        size.sessions,
        {"id": key, "session_id": identifier, "rating_id": key, "number": "2 + n", "issued_at": at},
    )
    copies(
        "billing_hold",
        made["hold"].pk,
        size.sessions,
        {
            "id": identifier,
            "session_id": identifier,
            "processor_ref": f"'sim_{size.slug}_' || n",
            "created_at": begun,
            "finished_at": at,
        },
    )
    copies(
        "authorization_decision",
        made["decision"].pk,
        size.sessions,
        {
            "id": size.uuid7(begun, "n"),
            "at": begun,
            "event_at": begun,
            "charger_id": charger,
            "verdict": "CASE WHEN n % 20 = 0 THEN 'refused' ELSE 'accepted' END",
            "reason": "CASE WHEN n % 20 = 0 THEN 'token_blocked' ELSE '' END",
            "canonical_uid": "upper(lpad(to_hex(n % 20000), 8, '0'))",
            "uid": "upper(lpad(to_hex(n % 20000), 8, '0'))",
        },
    )
    _booked(made["entries"], size, at=at, identifier=identifier)


def _booked(entries: dict[str, Any], size: Size, *, at: str, identifier: str) -> None:
    sources = {"receipt": f"({size.first} + n)::text", "hold": f"{identifier}::text"}
    for place, (source, entry) in enumerate(entries.items()):
        key = f"{size.first} + 2 * n + {place}"
        copies(
            "billing_ledgerentry",
            entry.pk,
            size.sessions,
            {
                "id": key,
                "session_id": identifier,
                "source_id": sources[source],
                "occurred_at": at,
                "posted_at": at,
            },
        )
        for posting in entry.postings.all():
            serial = "nextval(pg_get_serial_sequence('billing_posting', 'id'))"
            copies("billing_posting", posting.pk, size.sessions, {"id": serial, "entry_id": key})


def _messages(size: Size, *, now: datetime) -> None:
    from chargers.lib import partitions

    begin = now - timedelta(days=_MESSAGE_DAYS)
    partitions.ensure(now=now, weeks_ahead=2, weeks_back=_MESSAGE_DAYS // 7 + 1)
    step = timedelta(days=_MESSAGE_DAYS) / size.messages
    for low in range(0, size.messages, 500_000):
        statement = _MESSAGES.format(
            id=size.uuid7("at", "n"),
            first=size.first,
            chargers=size.chargers,
            request=_REQUEST,
            begin=begin,
            actions=_ACTIONS,
            step_us=step // timedelta(microseconds=1),
            low=low,
            high=min(low + 500_000, size.messages) - 1,
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
