"""Loads what the decision engine wants to know, in one query for a card that is known here.

Everything of one question comes in one statement, so nothing is cached and nothing can be stale: a card that
was whitelisted, or a property that was opened, counts at the very next tap. Every part is found by an index.

Planning the statement costs four times as much as running it, so each connection prepares it once (by hand:
Django's cursors bind on the client and cannot). Behind a pooler that shares connections between transactions,
which Django is told of by DISABLE_SERVER_SIDE_CURSORS, it is sent as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from authorization import uids
from authorization.facts import (
    Access,
    ChargerFacts,
    DirectGrant,
    Facts,
    GroupFacts,
    IssuerState,
    Kind,
    LicenceFacts,
    LiveValidation,
    MspFacts,
    OpenTransaction,
    PropertyFacts,
    RecentApproval,
    Request,
    ScheduleWindow,
    StayFacts,
    TokenFacts,
    Whitelist,
)
from authorization.rules.visitor import APPROVAL_LASTS
from chargers import ids

_STAY_RELEVANT = timedelta(days=60)
Row = dict[str, Any]

_GROUPS = """
    SELECT json_agg(json_build_object(
        'slug', g.slug, 'name', g.name, 'enabled', g.enabled, 'is_parent', g.is_parent,
        'from', g.active_from, 'to', g.active_to, 'schedule', g.schedule,
        'opens', CASE
            WHEN EXISTS (SELECT FROM authorization_tokengroup_properties x
                         WHERE x.tokengroup_id = g.id AND x.property_id = p.id) THEN p.name
            WHEN EXISTS (SELECT FROM authorization_tokengroup_units x
                         WHERE x.tokengroup_id = g.id AND x.unit_id = c.unit_id) THEN u.name
            WHEN EXISTS (SELECT FROM authorization_tokengroup_chargers x
                         WHERE x.tokengroup_id = g.id AND x.charger_id = c.id) THEN 'charger ' || c.charger_id
            ELSE '' END) ORDER BY g.slug)
    FROM authorization_token_groups tg JOIN authorization_tokengroup g ON g.id = tg.tokengroup_id
    WHERE tg.token_id = t.id AND g.host_id = h.id
"""
_GRANTS = """
    SELECT json_agg(json_build_object(
        'from', r.active_from, 'to', r.active_to,
        'opens', CASE WHEN r.charger_id IS NOT NULL THEN 'charger ' || c.charger_id
                      WHEN r.unit_id IS NOT NULL THEN u.name ELSE p.name END) ORDER BY r.id)
    FROM authorization_accessrule r
    WHERE r.token_id = t.id AND (r.charger_id = c.id OR r.unit_id = c.unit_id OR r.property_id = p.id)
"""
_STAYS = """
    SELECT json_agg(json_build_object(
        'reference', s.reference, 'property_slug', sp.slug, 'property_name', sp.name,
        'unit_slug', COALESCE(su.slug, ''), 'unit_name', COALESCE(su.name, ''),
        'arrives_at', s.arrives_at, 'departs_at', s.departs_at, 'cancelled', s.cancelled_at IS NOT NULL
        ) ORDER BY s.arrives_at)
    FROM authorization_stay s JOIN chargers_property sp ON sp.id = s.property_id
    LEFT JOIN chargers_unit su ON su.id = s.unit_id
    WHERE s.token_id = t.id AND sp.host_id = h.id AND s.departs_at > %(stays_from)s AND s.arrives_at < %(stays_to)s
"""
_TOKENS = f"""
    SELECT json_agg(json_build_object(
        'id', t.id, 'uid', t.uid, 'visual_number', t.visual_number, 'is_own', t.host_id IS NOT NULL,
        'valid', t.valid, 'blocked', t.blocked, 'blocked_reason', t.blocked_reason, 'expires_at', t.expires_at,
        'whitelist', t.whitelist, 'parent', t.parent, 'for_reimbursement', t.for_reimbursement,
        'may_charge_concurrently', t.may_charge_concurrently,
        'msp_country', m.country_code, 'msp_party', m.party_id, 'msp_name', m.name,
        'msp_blocked', m.blocked, 'msp_blocked_reason', m.blocked_reason,
        'msp_asked', m.live_enabled AND m.authorize_url <> '', 'msp_timeout_s', m.authorize_timeout_s,
        'msp_breaker_open', m.breaker_opened_at IS NOT NULL,
        'groups', ({_GROUPS}), 'grants', ({_GRANTS}), 'stays', ({_STAYS})) ORDER BY t.id)
    FROM authorization_token t LEFT JOIN authorization_mobilityprovider m ON m.id = t.msp_id
    WHERE t.canonical_uid = %(uid)s AND (t.host_id = h.id OR t.msp_id IS NOT NULL)
"""  # noqa: S608 - made of constants
_OPEN = """
    SELECT json_agg(json_build_object(
        'charger_id', oc.charger_id, 'transaction_id', o.transaction_id, 'id_token', o.id_token,
        'started_at', o.started_at, 'evse_number', o.evse_number) ORDER BY o.started_at)
    FROM chargers_transaction o JOIN chargers_charger oc ON oc.id = o.charger_id
    JOIN chargers_property op ON op.id = oc.property_id
    WHERE {when} AND o.started_at <= %(at)s AND {where} AND op.host_id = h.id
      AND NOT (o.charger_id = c.id AND o.transaction_id = %(transaction_id)s)
"""
_OPEN_NOW = "o.stopped_at IS NULL"
_OPEN_THEN = "(o.stopped_at IS NULL OR o.stopped_at > %(at)s)"
_AT_THIS_CHARGER = "o.charger_id = c.id"
_BY_THIS_TOKEN = "upper(translate(o.id_token, ' :.-', '')) = %(bare_uid)s"  # noqa: S105 - a condition
_ALL = """
    SELECT c.charger_id, c.station_id, c.configured, c.retired_at, c.accepts_any_token_until,
        u.slug AS unit_slug, u.name AS unit_name, p.slug, p.name, p.time_zone, p.access,
        h.id AS host_id, h.name AS host_name, l.state, l.expires_on, l.grace_days,
        ({tokens}) AS tokens, ({open}) AS open
    FROM chargers_charger c JOIN chargers_property p ON p.id = c.property_id JOIN chargers_host h ON h.id = p.host_id
    LEFT JOIN chargers_unit u ON u.id = c.unit_id LEFT JOIN chargers_licence l ON l.charger_id = c.id
    WHERE c.id = %(charger)s
"""


_APPROVAL = """
    SELECT at FROM authorization_decision
    WHERE charger_id = %s AND canonical_uid = %s AND id >= %s AND at <= %s AND granted_by = 'live_validation'
      AND trace @> %s::jsonb ORDER BY id DESC LIMIT 1
"""
_SAID_YES = '[{"step": "live_validation", "values": {"word": "ALLOWED"}}]'
_TYPES = {
    "charger": "bigint",
    "uid": "text",
    "bare_uid": "text",
    "at": "timestamptz",
    "transaction_id": "text",
    "stays_from": "timestamptz",
    "stays_to": "timestamptz",
}
_NO_SEPARATORS = str.maketrans("", "", " :.-")


@dataclass(frozen=True, slots=True)
class _Statement:
    """The statement as it is sent, as it is prepared, and as what was prepared is run."""

    name: str
    sql: str
    prepare: str
    run: str


def _statement(*, asks_elsewhere: bool, late: bool) -> _Statement:
    name = f"decision_facts_{'elsewhere' if asks_elsewhere else 'here'}{'_late' if late else ''}"
    opened = _OPEN.format(
        when=_OPEN_THEN if late else _OPEN_NOW, where=_BY_THIS_TOKEN if asks_elsewhere else _AT_THIS_CHARGER
    )
    sql = _ALL.format(tokens=_TOKENS, open=opened)
    numbered = {key: f"${number}" for number, key in enumerate(_TYPES, start=1)}
    return _Statement(
        name=name,
        sql=sql,
        prepare=f"PREPARE {name} ({', '.join(_TYPES.values())}) AS {sql % numbered}",
        run=f"EXECUTE {name} ({', '.join(f'%({key})s' for key in _TYPES)})",
    )


_VARIANTS = {
    (asks_elsewhere, late): _statement(asks_elsewhere=asks_elsewhere, late=late)
    for asks_elsewhere in (False, True)
    for late in (False, True)
}
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""Which statements each open connection has prepared; a connection that is gone takes its entry along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The facts, and what the answer and its record need beside them."""

    facts: Facts
    host_id: int
    token_id: int | None = None
    parent: str = ""
    expires_at: datetime | None = None


def load(*, charger_pk: int, request: Request, transaction_id: str = "") -> Found:
    """One query for a card of the host's own or of nobody; one more each for OCPP parents and earlier approvals.

    `transaction_id` is the one that asks (its row may be there already). Raises LookupError for no such charger.
    """
    row = _row(charger_pk=charger_pk, request=request, transaction_id=transaction_id)
    tokens = sorted(row["tokens"] or [], key=_usable_first)
    own = next((token for token in tokens if token["is_own"]), None)
    roaming = next((token for token in tokens if not token["is_own"]), None)
    known = own or roaming
    own_facts, roaming_facts = _token(own), _token(roaming)
    parents = {parent for token in (own_facts, roaming_facts) if token for parent in token.parents}
    facts = Facts(
        charger=_charger(row),
        property=_property(row),
        licence=_licence(row),
        own=own_facts,
        roaming=roaming_facts,
        stays=tuple(_stay(stay) for token in tokens for stay in token["stays"] or []),
        open_transactions=_open(row["open"] or [], parents=parents, host_id=row["host_id"]),
        recent_approval=_approval(charger_pk=charger_pk, request=request, roaming=roaming_facts),
        live=_live(roaming, kind=request.kind),
    )
    return Found(
        facts=facts,
        host_id=row["host_id"],
        token_id=known["id"] if known else None,
        parent=known["parent"] if known else "",
        expires_at=_time(known["expires_at"]) if known else None,
    )


def _row(*, charger_pk: int, request: Request, transaction_id: str) -> Row:
    asks_elsewhere = request.kind in {Kind.START, Kind.REMOTE_START}
    values: dict[str, int | str | datetime] = {
        "charger": charger_pk,
        "uid": request.canonical_uid,
        "bare_uid": request.canonical_uid.translate(_NO_SEPARATORS),
        "at": request.at,
        "transaction_id": transaction_id,
        "stays_from": request.at - _STAY_RELEVANT,
        "stays_to": request.at + _STAY_RELEVANT,
    }
    with connection.cursor() as cursor:
        _execute(cursor, _VARIANTS[asks_elsewhere, request.late], values)
        found = cursor.fetchone()
        if found is None:
            raise LookupError(f"There is no charger with the key {charger_pk}.")
        return dict(zip((column.name for column in cursor.description), found, strict=True))


def _execute(cursor: CursorWrapper, statement: _Statement, values: Mapping[str, int | str | datetime]) -> None:
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        cursor.execute(statement.sql, values)
        return
    prepared = _prepared.setdefault(connection.connection, set())
    if statement.name not in prepared:
        cursor.execute(statement.prepare)
        prepared.add(statement.name)
    cursor.execute(statement.run, values)


def _usable_first(token: Row) -> tuple[bool, bool, bool, int]:
    """Two providers may know the same UID: the one that could let it in comes first."""
    return bool(token["msp_blocked"]), bool(token["blocked"]), not token["valid"], token["id"]


def _charger(row: Row) -> ChargerFacts:
    return ChargerFacts(
        charger_id=row["charger_id"],
        station_id=row["station_id"],
        retired_at=row["retired_at"],
        configured=row["configured"],
        accepts_any_token_until=row["accepts_any_token_until"],
        unit_slug=row["unit_slug"] or "",
        unit_name=row["unit_name"] or "",
    )


def _property(row: Row) -> PropertyFacts:
    return PropertyFacts(
        slug=row["slug"],
        name=row["name"],
        host_name=row["host_name"],
        time_zone=row["time_zone"],
        access=Access(row["access"]),
    )


def _licence(row: Row) -> LicenceFacts | None:
    if row["state"] is None:
        return None
    return LicenceFacts(active=row["state"] == "active", expires_on=row["expires_on"], grace_days=row["grace_days"])


def _token(row: Row | None) -> TokenFacts | None:
    if row is None:
        return None
    return TokenFacts(
        uid=row["uid"],
        visual_number=row["visual_number"],
        msp=None if row["is_own"] else _msp(row),
        valid=row["valid"],
        blocked=row["blocked"],
        blocked_reason=row["blocked_reason"],
        expires_at=_time(row["expires_at"]),
        whitelist=Whitelist(row["whitelist"]),
        for_reimbursement=row["for_reimbursement"],
        may_charge_concurrently=row["may_charge_concurrently"],
        parents=_parents(row["parent"], (g["slug"] for g in row["groups"] or [] if g["is_parent"])),
        groups=tuple(_group(group) for group in row["groups"] or []),
        grants=tuple(
            DirectGrant(opens=grant["opens"], active_from=_time(grant["from"]), active_to=_time(grant["to"]))
            for grant in row["grants"] or []
        ),
    )


def _msp(row: Row) -> MspFacts:
    return MspFacts(
        key=f"{row['msp_country']}-{row['msp_party']}",
        name=row["msp_name"],
        blocked=row["msp_blocked"],
        blocked_reason=row["msp_blocked_reason"],
    )


def _live(row: Row | None, *, kind: Kind) -> LiveValidation | None:
    """Whether the card's provider can be asked now. An order is not kept waiting for it: its charger asks by itself."""
    if row is None or not row["msp_asked"]:
        return None
    if kind not in {Kind.AUTHORIZE, Kind.START}:
        return LiveValidation(state=IssuerState.NOT_ASKED, message="an order does not wait for it")
    state = IssuerState.BREAKER_OPEN if row["msp_breaker_open"] else IssuerState.READY
    return LiveValidation(state=state, timeout_s=row["msp_timeout_s"] or settings.LIVE_VALIDATION_TIMEOUT_S)


def _group(row: Row) -> GroupFacts:
    return GroupFacts(
        slug=row["slug"],
        name=row["name"],
        opens=row["opens"],
        enabled=row["enabled"],
        active_from=_time(row["from"]),
        active_to=_time(row["to"]),
        schedule=tuple(ScheduleWindow.parse(window) for window in row["schedule"]),
    )


def _stay(row: Row) -> StayFacts:
    times = {name: datetime.fromisoformat(row[name]) for name in ("arrives_at", "departs_at")}
    return StayFacts(**{**row, **times})


def _parents(parent: str, group_slugs: Iterable[str]) -> frozenset[str]:
    """OCPP parents of a token: its own, and the groups that are marked as one."""
    own = {f"parent {parent.upper()}"} if parent else set()
    return frozenset(own | {f"group {slug}" for slug in group_slugs})


def _open(rows: list[Row], *, parents: set[str], host_id: int) -> tuple[OpenTransaction, ...]:
    found = tuple(
        OpenTransaction(
            charger_id=row["charger_id"],
            transaction_id=row["transaction_id"],
            canonical_uid=uids.from_wire(row["id_token"]) or "",
            started_at=datetime.fromisoformat(row["started_at"]),
            evse_number=row["evse_number"],
        )
        for row in rows
    )
    return _with_parents(found, host_id=host_id) if parents and found else found


def _with_parents(found: tuple[OpenTransaction, ...], *, host_id: int) -> tuple[OpenTransaction, ...]:
    sql = """
        SELECT t.canonical_uid, t.parent, array_agg(g.slug) FILTER (WHERE g.is_parent)
        FROM authorization_token t
        LEFT JOIN authorization_token_groups tg ON tg.token_id = t.id
        LEFT JOIN authorization_tokengroup g ON g.id = tg.tokengroup_id AND g.host_id = %(host)s
        WHERE t.canonical_uid = ANY(%(uids)s) AND (t.host_id = %(host)s OR t.msp_id IS NOT NULL) GROUP BY t.id
    """
    parents: dict[str, frozenset[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"host": host_id, "uids": [t.canonical_uid for t in found]})
        for uid, parent, slugs in cursor.fetchall():
            parents[uid] = parents.get(uid, frozenset()) | _parents(parent, slugs or [])
    return tuple(replace(t, parents=parents.get(t.canonical_uid, frozenset())) for t in found)


def _approval(*, charger_pk: int, request: Request, roaming: TokenFacts | None) -> RecentApproval | None:
    """The provider's own yes to this card at this charger; a yes by policy, unasked, is none."""
    if roaming is None or roaming.msp is None or roaming.whitelist is Whitelist.ALWAYS:
        return None
    values = (
        charger_pk, request.canonical_uid, ids.floor(request.at - APPROVAL_LASTS), request.at, _SAID_YES,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_APPROVAL, values)
        at = next((row[0] for row in cursor.fetchall()), None)
    return RecentApproval(at=at, msp_name=roaming.msp.name) if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
