"""The SQL statement that loads all facts of a decision in one round trip.

Planning it costs four times as much as running it, so each connection prepares it once (with PREPARE, because Django's
cursors bind on the client). With DISABLE_SERVER_SIDE_CURSORS, set for a pooler that shares connections between
transactions, it is sent unprepared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

from authorization.decide.facts import Kind, Request

Row = dict[str, Any]
Values = Mapping[str, Any]
_RELEVANT: Final = timedelta(days=60)
"""Stays and contracts that ended or begin further away than this are left out.

No session lasts that long, so a late start is found by the index of stops, without reading a host's whole history.
"""
_NO_SEPARATORS = str.maketrans("", "", " :.-")

_BUDGET = """
    json_build_object('scope', b.scope, 'limit', COALESCE(b.limit_wh, b.limit_minor), 'currency', b.currency,
        'stops_sessions', b.stops_sessions)
"""
_GROUPS = f"""
    SELECT json_agg(json_build_object(
        'id', g.id, 'slug', g.slug, 'name', g.name, 'enabled', g.enabled, 'is_parent', g.is_parent,
        'from', g.active_from, 'to', g.active_to, 'schedule', g.schedule,
        'grants_access_to', CASE
            WHEN EXISTS (SELECT FROM authorization_tokengroup_properties x
                         WHERE x.tokengroup_id = g.id AND x.property_id = p.id) THEN p.name
            WHEN EXISTS (SELECT FROM authorization_tokengroup_units x
                         WHERE x.tokengroup_id = g.id AND x.unit_id = c.unit_id) THEN u.name
            WHEN EXISTS (SELECT FROM authorization_tokengroup_chargers x
                         WHERE x.tokengroup_id = g.id AND x.charger_id = c.id) THEN 'charger ' || c.charger_id
            ELSE '' END,
        'budgets', CASE WHEN limits.some THEN
            (SELECT json_agg({_BUDGET} ORDER BY b.scope) FROM authorization_budget b WHERE b.group_id = g.id) END
        ) ORDER BY g.slug)
    FROM authorization_token_groups tg JOIN authorization_tokengroup g ON g.id = tg.tokengroup_id
    WHERE tg.token_id = t.id AND g.host_id = h.id
"""  # noqa: S608 - made of constants
_GRANTS = """
    SELECT json_agg(json_build_object(
        'from', r.active_from, 'to', r.active_to,
        'grants_access_to', CASE WHEN r.charger_id IS NOT NULL THEN 'charger ' || c.charger_id
                      WHEN r.unit_id IS NOT NULL THEN u.name ELSE p.name END) ORDER BY r.id)
    FROM authorization_accessrule r
    WHERE r.token_id = t.id AND (r.charger_id = c.id OR r.unit_id = c.unit_id OR r.property_id = p.id)
"""
_STAYS = """
    SELECT json_agg(json_build_object(
        'reference', s.reference, 'property_slug', sp.slug, 'property_name', sp.name,
        'unit_slug', COALESCE(su.slug, ''), 'unit_name', COALESCE(su.name, ''),
        'arrives_at', COALESCE(s.access_from, s.arrives_at), 'departs_at', COALESCE(s.access_to, s.departs_at),
        'cancelled', s.cancelled_at IS NOT NULL
        ) ORDER BY s.arrives_at)
    FROM authorization_stay s JOIN chargers_property sp ON sp.id = s.property_id
    LEFT JOIN chargers_unit su ON su.id = s.unit_id
    WHERE s.token_id = t.id AND sp.host_id = h.id
      AND COALESCE(s.access_to, s.departs_at) > %(relevant_from)s
      AND COALESCE(s.access_from, s.arrives_at) < %(relevant_to)s
"""
_CONTRACTS = """
    SELECT json_agg(json_build_object(
        'name', rc.name, 'employer', rc.employer, 'from', rc.active_from, 'to', rc.active_to,
        'chargers', (SELECT json_agg(json_build_array(xc.id, xc.station_id) ORDER BY xc.station_id)
                     FROM authorization_reimbursementcontract_chargers x
                     JOIN chargers_charger xc ON xc.id = x.charger_id
                     WHERE x.reimbursementcontract_id = rc.id)) ORDER BY rc.id)
    FROM authorization_reimbursementcontract rc
    WHERE rc.token_id = t.id AND rc.host_id = h.id
      AND rc.active_from < %(relevant_to)s AND (rc.active_to IS NULL OR rc.active_to > %(relevant_from)s)
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
        'host_block_since', hb.since, 'host_block_reason', hb.reason,
        'budget', CASE WHEN limits.some THEN
            (SELECT {_BUDGET} FROM authorization_budget b WHERE b.token_id = t.id) END,
        'groups', ({_GROUPS}), 'grants', ({_GRANTS}), 'stays', ({_STAYS}),
        'contracts', ({_CONTRACTS})) ORDER BY t.id)
    FROM authorization_token t LEFT JOIN authorization_mobilityprovider m ON m.id = t.msp_id
    LEFT JOIN authorization_providerblock hb ON hb.msp_id = t.msp_id AND hb.host_id = h.id
    WHERE t.canonical_uid = %(uid)s AND (t.host_id = h.id OR t.msp_id IS NOT NULL)
"""  # noqa: S608 - made of constants
_OPEN = """
    SELECT json_agg(json_build_object(
        'charger_id', oc.charger_id, 'transaction_id', o.transaction_id, 'id_token', o.id_token,
        'started_at', o.started_at, 'evse_number', o.evse_number) ORDER BY o.started_at)
    FROM chargers_transaction o JOIN chargers_charger oc ON oc.id = o.charger_id
    JOIN chargers_property op ON op.id = oc.property_id
    WHERE {when} AND o.started_at <= %(at)s AND {where} AND op.host_id = h.id
      AND o.authorization_status IN ('', 'Accepted')
      AND NOT (o.charger_id = c.id AND o.transaction_id = %(transaction_id)s)
"""
_OPEN_NOW = "o.stopped_at IS NULL"
_OPEN_THEN = "(o.stopped_at IS NULL OR (o.stopped_at > %(at)s AND o.stopped_at < %(relevant_to)s))"
_AT_THIS_CHARGER = "o.charger_id = c.id"
_BY_THIS_TOKEN = "upper(translate(o.id_token, ' :.-', '')) = %(bare_uid)s"  # noqa: S105 - a condition
_ALL = """
    SELECT {number}c.id AS charger_pk, c.charger_id, c.station_id, c.configured, c.retired_at,
        c.registration,
        c.accepts_any_token_until,
        u.slug AS unit_slug, u.name AS unit_name, p.slug, p.name, p.time_zone, p.access,
        h.id AS host_id, h.name AS host_name, l.state, l.expires_on, l.grace_days,
        ({tokens}) AS tokens, ({open}) AS open
    FROM {source} JOIN chargers_property p ON p.id = c.property_id JOIN chargers_host h ON h.id = p.host_id
    LEFT JOIN chargers_unit u ON u.id = c.unit_id LEFT JOIN chargers_licence l ON l.charger_id = c.id
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM authorization_budget b WHERE b.host_id = h.id) AS some) limits
    WHERE {which}
"""
_ONE, _ANY = "c.id = %(charger)s", "c.id = ANY(%(chargers)s)"


_TYPES = {
    "charger": "bigint",
    "uid": "text",
    "bare_uid": "text",
    "at": "timestamptz",
    "transaction_id": "text",
    "relevant_from": "timestamptz",
    "relevant_to": "timestamptz",
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """An SQL statement in three forms: sent directly, prepared, and executed once prepared."""

    name: str
    sql: str
    prepare: str
    run: str


def _sql(*, which: str, asks_elsewhere: bool, late: bool, source: str = "chargers_charger c", number: str = "") -> str:
    open_query = _OPEN.format(
        when=_OPEN_THEN if late else _OPEN_NOW, where=_BY_THIS_TOKEN if asks_elsewhere else _AT_THIS_CHARGER
    )
    return _ALL.format(tokens=_TOKENS, open=open_query, which=which, source=source, number=number)


def _statement(*, asks_elsewhere: bool, late: bool) -> _Statement:
    name = f"decision_facts_{'elsewhere' if asks_elsewhere else 'here'}{'_late' if late else ''}"
    sql = _sql(which=_ONE, asks_elsewhere=asks_elsewhere, late=late)
    numbered = {key: f"${number}" for number, key in enumerate(_TYPES, start=1)}
    return _Statement(
        name=name,
        sql=sql,
        prepare=f"PREPARE {name} ({', '.join(_TYPES.values())}) AS {sql % numbered}",
        run=f"EXECUTE {name} ({', '.join(f'%({key})s' for key in _TYPES)})",
    )


def _statement_of_many() -> _Statement:
    """Builds the statement for many questions, each about one card at one charger, from arrays of their values."""
    name, keys = "decision_facts_of_many", list(_TYPES)
    source = (
        f"unnest({{}}) WITH ORDINALITY AS q ({', '.join(keys)}, number) JOIN chargers_charger c ON c.id = q.charger"
    )
    general = _sql(which="true", asks_elsewhere=False, late=False, source=source, number="q.number, ")
    general %= {key: f"q.{key}" for key in keys}
    types = [f"{kind}[]" for kind in _TYPES.values()]
    placeholders = [f"%({key})s::{kind}" for key, kind in zip(keys, types, strict=True)]
    numbered = (f"${number}" for number in range(1, len(keys) + 1))
    return _Statement(
        name=name,
        sql=general.format(", ".join(placeholders)),
        prepare=f"PREPARE {name} ({', '.join(types)}) AS {general.format(', '.join(numbered))}",
        run=f"EXECUTE {name} ({', '.join(placeholders)})",
    )


_VARIANTS = {
    (asks_elsewhere, late): _statement(asks_elsewhere=asks_elsewhere, late=late)
    for asks_elsewhere in (False, True)
    for late in (False, True)
}
_MANY = _statement_of_many()
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""The statements that each open connection has prepared. An entry disappears with its connection."""


def values_of(request: Request, *, charger_pk: int = 0, transaction_id: str = "", card_uid: str = "") -> Row:
    """Returns the statement's parameters.

    `card_uid` is the token that pays for the presented vehicle; sessions are still looked up by the vehicle.
    """
    return {
        "charger": charger_pk,
        "uid": card_uid or request.canonical_uid,
        "bare_uid": request.canonical_uid.translate(_NO_SEPARATORS),
        "at": request.at,
        "transaction_id": transaction_id,
        "relevant_from": request.at - _RELEVANT,
        "relevant_to": request.at + _RELEVANT,
    }


def at_one(request: Request, values: Values) -> list[Row]:
    """Loads the facts at one charger by the prepared statement; empty for an unknown charger."""
    with connection.cursor() as cursor:
        _execute(cursor, _VARIANTS[_asks_elsewhere(request), request.late], values)
        return _rows(cursor)


def at_each(request: Request, values: Values) -> list[Row]:
    """Loads the facts at all `chargers` of `values`, one row each. Rarely used, so not prepared."""
    with connection.cursor() as cursor:
        sql = _sql(which=_ANY, asks_elsewhere=_asks_elsewhere(request), late=request.late)
        cursor.execute(sql, values)
        return _rows(cursor)


def of_many(values: Sequence[Values]) -> list[Row]:
    """Loads the facts of several taps, like `at_one`; `number` (from 1) tells which tap a row belongs to."""
    with connection.cursor() as cursor:
        _execute(cursor, _MANY, {key: [tap_values[key] for tap_values in values] for key in _TYPES})
        return _rows(cursor)


def _asks_elsewhere(request: Request) -> bool:
    return request.kind in {Kind.START, Kind.REMOTE_START}


def _rows(cursor: CursorWrapper) -> list[Row]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _execute(cursor: CursorWrapper, statement: _Statement, values: Values) -> None:
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        cursor.execute(statement.sql, values)
        return
    prepared = _prepared.setdefault(connection.connection, set())
    if statement.name not in prepared:
        cursor.execute(statement.prepare)
        prepared.add(statement.name)
    cursor.execute(statement.run, values)
