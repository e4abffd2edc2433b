"""Loads the facts for the decision engine, in one query for a card that is known here.

All facts of a question come in one statement and nothing is cached, so nothing can be stale: a card that was
whitelisted, or a property that was opened, counts at the very next tap. Every part is found by an index.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from authorization.decide import prefetch, queries, vehicles
from authorization.decide.facts import (
    Access,
    AutochargeFacts,
    ChargerFacts,
    DecisionFacts,
    DirectGrant,
    GroupFacts,
    IssuerState,
    Kind,
    LicenceFacts,
    LiveValidation,
    MspFacts,
    OpenTransaction,
    PropertyFacts,
    RecentApproval,
    ReimbursementContract,
    ReimbursementFacts,
    Request,
    ScheduleWindow,
    StayFacts,
    TokenFacts,
    Whitelist,
)
from authorization.decide.queries import Row
from authorization.decide.rules.visitor import APPROVAL_LASTS
from authorization.identifiers import uids
from chargers.lib import ids
from chargers.models import Charger

_APPROVALS = """
    SELECT charger_id, max(at) FROM authorization_decision
    WHERE charger_id = ANY(%s) AND canonical_uid = %s AND id >= %s AND at <= %s AND granted_by = 'live_validation'
      AND trace @> %s::jsonb GROUP BY charger_id
"""
_ALLOWED_BY_PROVIDER = '[{"step": "live_validation", "values": {"word": "ALLOWED"}}]'


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFacts:
    """The facts, and the rows needed for the answer and its record."""

    facts: DecisionFacts
    host_id: int
    token_id: int | None = None
    parent: str = ""
    expires_at: datetime | None = None


def load(*, charger_pk: int, request: Request, transaction_id: str = "") -> LoadedFacts:
    """Loads the facts. One query for an own or unknown token; one more each for OCPP parents and earlier approvals.

    `transaction_id` is the asking transaction, whose row may exist already. Raises LookupError for an unknown charger.
    """
    car, rows = _NO_CAR, prefetch.pop_rows(request, charger_pk=charger_pk, transaction_id=transaction_id)
    if rows is None:
        car = _car(request, [charger_pk])
        values = queries.values_of(request, charger_pk=charger_pk, transaction_id=transaction_id, card_uid=car.card_uid)
        rows = queries.at_one(request, values)
    if not rows:
        raise LookupError(f"There is no charger with the key {charger_pk}.")
    return _build_facts_by_charger(rows, request=request, car=car)[charger_pk]


def load_each(*, charger_pks: Sequence[int], request: Request) -> dict[int, LoadedFacts]:
    """Loads the facts of one question at many chargers, by charger key.

    As many queries as for one, if they share a host.
    """
    car = _car(request, charger_pks)
    values = {**queries.values_of(request, card_uid=car.card_uid), "chargers": list(charger_pks)}
    return _build_facts_by_charger(queries.at_each(request, values), request=request, car=car)


_NO_CAR = vehicles.KnownVehicle(AutochargeFacts())


def _car(request: Request, charger_pks: Sequence[int]) -> vehicles.KnownVehicle:
    """Returns the vehicle of the presented identifier; one query, and none for a card.

    If the chargers belong to several hosts, the vehicle counts as unknown, because hosts do not share vehicles.
    """
    if not uids.is_vehicle(request.canonical_uid):
        return _NO_CAR
    by_host = vehicles.by_host(request.canonical_uid, charger_pks=charger_pks)
    if len(charger_pks) > 1 and by_host:
        hosts = set(Charger.objects.filter(pk__in=charger_pks).values_list("property__host_id", flat=True))
        by_host = by_host if len(hosts) == 1 else {}
    return next(iter(by_host.values()), _NO_CAR)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """The card's entries in one row: the host's best one, and the best one of a provider."""

    row: Row
    tokens: list[Row]
    own: TokenFacts | None
    roaming: TokenFacts | None

    @classmethod
    def from_row(cls, row: Row) -> "_Lookup":
        tokens = sorted(row["tokens"] or [], key=_usable_first)
        own = next((token for token in tokens if token["is_own"]), None)
        roaming = next((token for token in tokens if not token["is_own"]), None)
        name = row["host_name"]
        return cls(row, tokens, _token(own, host_name=name), _token(roaming, host_name=name))

    @property
    def parents(self) -> set[str]:
        return {parent for token in (self.own, self.roaming) if token for parent in token.parents}

    @property
    def roaming_row(self) -> Row | None:
        return next((token for token in self.tokens if not token["is_own"]), None)

    @property
    def entry(self) -> Row | None:
        """The row of the entry that is used: the host's own first."""
        return next((t for t in self.tokens if t["is_own"] is (self.own is not None)), None)


def _build_facts_by_charger(rows: list[Row], *, request: Request, car: vehicles.KnownVehicle) -> dict[int, LoadedFacts]:
    lookups = [_Lookup.from_row(row) for row in rows]
    transactions_by_pk = _open_transactions_by_charger(lookups)
    approvals = _approvals(lookups, request=request)
    return {
        lookup.row["charger_pk"]: _build_facts(
            lookup,
            kind=request.kind,
            autocharge=car.facts if uids.is_vehicle(request.canonical_uid) else None,
            transactions=transactions_by_pk[lookup.row["charger_pk"]],
            approval=approvals.get(lookup.row["charger_pk"]),
        )
        for lookup in lookups
    }


def _build_facts(
    lookup: _Lookup,
    *,
    kind: Kind,
    autocharge: AutochargeFacts | None,
    transactions: tuple[OpenTransaction, ...],
    approval: RecentApproval | None,
) -> LoadedFacts:
    row, entry = lookup.row, lookup.entry
    facts = DecisionFacts(
        charger=_charger(row),
        property=_property(row),
        licence=_licence(row),
        own=_payer(lookup),
        roaming=lookup.roaming,
        autocharge=autocharge,
        stays=tuple(_stay(stay) for token in lookup.tokens for stay in token["stays"] or []),
        reimbursement=ReimbursementFacts(
            contracts=tuple(
                _contract(contract, charger_pk=row["charger_pk"])
                for token in lookup.tokens
                for contract in token["contracts"] or []
            )
        ),
        open_transactions=transactions,
        recent_approval=approval,
        live=_live(lookup.roaming_row, kind=kind),
    )
    return LoadedFacts(
        facts=facts,
        host_id=row["host_id"],
        token_id=entry["id"] if entry else None,
        parent=_parent(entry) if entry else "",
        expires_at=_time(entry["expires_at"]) if entry else None,
    )


def _usable_first(token: Row) -> tuple[bool, bool, bool, int]:
    """Sorts tokens so that a usable one comes first: two providers may know the same UID."""
    msp_blocked = bool(token["msp_blocked"] or token["host_block_since"])
    return msp_blocked, bool(token["blocked"]), not token["valid"], token["id"]


def _held_as(registration: Charger.Registration) -> str:
    return "" if registration is Charger.Registration.ACCEPTED else str(registration.label)


def _charger(row: Row) -> ChargerFacts:
    return ChargerFacts(
        charger_id=row["charger_id"],
        station_id=row["station_id"],
        held_as=_held_as(Charger.Registration(row["registration"])),
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


def _token(row: Row | None, *, host_name: str) -> TokenFacts | None:
    if row is None:
        return None
    return TokenFacts(
        uid=row["uid"],
        visual_number=row["visual_number"],
        msp=None if row["is_own"] else _msp(row, host_name=host_name),
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


def _msp(row: Row, *, host_name: str) -> MspFacts:
    """Builds the provider's facts.

    A block for all hosts is reported before the host's own, since lifting only the latter would not help.
    """
    for_all, since = row["msp_blocked"], _time(row["host_block_since"])
    return MspFacts(
        key=f"{row['msp_country']}-{row['msp_party']}",
        name=row["msp_name"],
        blocked=for_all or since is not None,
        blocked_reason=(row["msp_blocked_reason"] if for_all else row["host_block_reason"]) or "",
        blocked_by="" if for_all or since is None else host_name,
        blocked_at=None if for_all else since,
    )


def _live(row: Row | None, *, kind: Kind) -> LiveValidation | None:
    """Returns whether the card's provider can be asked now; None if it is not set up.

    A remote start does not wait for the provider, because the charger will ask itself.
    """
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


def _contract(row: Row, *, charger_pk: int) -> ReimbursementContract:
    linked = row["chargers"] or []
    return ReimbursementContract(
        name=row["name"],
        employer=row["employer"],
        covers_charger=any(pk == charger_pk for pk, _ in linked),
        chargers=tuple(station_id for _, station_id in linked),
        active_from=_time(row["from"]),
        active_to=_time(row["to"]),
    )


def _parents(parent: str, group_slugs: Iterable[str]) -> frozenset[str]:
    """Returns the OCPP parents of a token: its own, and those of groups marked as parents."""
    own = {f"parent {parent.upper()}"} if parent else set()
    return frozenset(own | {f"group {slug}" for slug in group_slugs})


def _parent(token: Row) -> str:
    """Returns the parent id sent to OCPP chargers: the token's own, else that of its first group marked as a parent."""
    marked = (uids.parent_of_group(group["id"]) for group in token["groups"] or [] if group["is_parent"])
    return str(token["parent"]) or next(marked, "")


def _open_transactions_by_charger(lookups: list[_Lookup]) -> dict[int, tuple[OpenTransaction, ...]]:
    """Returns the relevant transactions of each charger, with their parents where the card has a parent to compare."""
    transactions_by_pk = {lookup.row["charger_pk"]: _open(lookup.row["open"] or []) for lookup in lookups}
    for host_id in {lookup.row["host_id"] for lookup in lookups if lookup.own and lookup.row["open"]}:
        charger_pks = [
            lookup.row["charger_pk"] for lookup in lookups if lookup.row["host_id"] == host_id and lookup.own
        ]
        comparing = {lookup.row["charger_pk"] for lookup in lookups if lookup.parents}
        running = {
            t.canonical_uid
            for pk in charger_pks
            for t in transactions_by_pk[pk]
            if pk in comparing or uids.is_vehicle(t.canonical_uid)
        }
        parents = parents_of(running, host_id=host_id) if running else {}
        for pk in charger_pks:
            transactions_by_pk[pk] = tuple(
                replace(t, parents=parents.get(t.canonical_uid, frozenset())) for t in transactions_by_pk[pk]
            )
    return transactions_by_pk


def _payer(lookup: _Lookup) -> TokenFacts | None:
    """Returns the host's own card, which may also stop the session of a car that it pays for."""
    own = lookup.own
    if own is None or not any(
        uids.is_vehicle(uids.from_wire(row["id_token"]) or "") for row in lookup.row["open"] or []
    ):
        return own
    return replace(own, parents=own.parents | {_paid_by(uids.from_wire(own.uid) or "")})


def _paid_by(card_uid: str) -> str:
    """Returns the parent shared by a card and the cars that it pays for."""
    return f"card {card_uid}"


def _open(rows: list[Row]) -> tuple[OpenTransaction, ...]:
    return tuple(
        OpenTransaction(
            charger_id=row["charger_id"],
            transaction_id=row["transaction_id"],
            canonical_uid=uids.from_wire(row["id_token"]) or "",
            started_at=datetime.fromisoformat(row["started_at"]),
            evse_number=row["evse_number"],
        )
        for row in rows
    )


def parents_of(canonical_uids: Collection[str], *, host_id: int) -> dict[str, frozenset[str]]:
    """Returns the OCPP parents of each card at a host's chargers; for a car, those of its paying card.

    One or two queries.
    """
    payers = vehicles.payers(canonical_uids, host_id=host_id)
    sql = """
        SELECT t.canonical_uid, t.parent, array_agg(g.slug) FILTER (WHERE g.is_parent)
        FROM authorization_token t
        LEFT JOIN authorization_token_groups tg ON tg.token_id = t.id
        LEFT JOIN authorization_tokengroup g ON g.id = tg.tokengroup_id AND g.host_id = %(host)s
        WHERE t.canonical_uid = ANY(%(uids)s) AND (t.host_id = %(host)s OR t.msp_id IS NOT NULL) GROUP BY t.id
    """
    parents: dict[str, frozenset[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"host": host_id, "uids": [*canonical_uids, *payers.values()]})
        for uid, parent, slugs in cursor.fetchall():
            parents[uid] = parents.get(uid, frozenset()) | _parents(parent, slugs or [])
    for car, card in payers.items():
        parents[car] = parents.get(card, frozenset()) | {_paid_by(card)}
    return parents


def _approvals(lookups: list[_Lookup], *, request: Request) -> dict[int, RecentApproval]:
    """Returns the provider's earlier approvals of this token at each charger, except those by whitelist policy."""
    names = {
        lookup.row["charger_pk"]: lookup.roaming.msp.name
        for lookup in lookups
        if lookup.roaming and lookup.roaming.msp and lookup.roaming.whitelist is not Whitelist.ALWAYS
    }
    if not names:
        return {}
    values = (
        list(names),
        request.canonical_uid,
        ids.floor(request.at - APPROVAL_LASTS),
        request.at,
        _ALLOWED_BY_PROVIDER,
    )
    with connection.cursor() as cursor:
        cursor.execute(_APPROVALS, values)
        newest = cursor.fetchall()
    return {pk: RecentApproval(at=at, msp_name=names[pk]) for pk, at in newest}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
