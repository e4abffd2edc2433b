"""CDRs of settled sessions: one for the billed rating; if that is replaced, a credit and a new CDR."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from authorization.roaming import ocpi_ids
from billing.engine.rate import tariff
from billing.models import Rating, RoamingConnection, RoamingObject, Session
from billing.pricing.taxes import property_tax
from billing.roaming.cdrs import check, stored_form
from billing.roaming.cdrs import rendering as cdr_rendering
from billing.roaming.cdrs.stored_form import CdrFacts, Part
from billing.roaming.locations import publishing as locations
from billing.roaming.partners import connections
from billing.roaming.publication import objects
from billing.roaming.publication.objects import PublishedObject
from billing.roaming.sessions import loading, usage
from billing.roaming.sessions import publishing as sessions
from billing.roaming.tariffs import rendering
from billing.roaming.versions.entry import KnownVersion
from chargers.lib import batch, ids

_COSTS: Final = {
    "connection": "total_fixed_cost",
    "processing": "total_fixed_cost",
    "energy": "total_energy_cost",
    "time": "total_time_cost",
    "idle": "total_parking_cost",
}
_MAX_AT_ONCE: Final = 500
UNSAID: Final = "The total includes what the tariff says in words only."


def catch_up(*, now: datetime) -> int:
    """Makes the missing CDRs and credits for registered partners."""
    handled_count = sessions.catch_up(now=now)
    for connection in connections.list_registered():
        handled_count += batch.run_for_rows(
            find_sessions_without_cdr(connection),
            lambda pk: make(pk, now=now),
            failure="got no CDR",
            limit=_MAX_AT_ONCE,
        )
        handled_count += batch.run_for_rows(
            outdated_cdrs(connection),
            lambda pk: replace_cdr(pk, now=now),
            failure="got no credit CDR",
            limit=_MAX_AT_ONCE,
        )
    return handled_count


def render_cdr(
    row: RoamingObject, connection: RoamingConnection, *, version: KnownVersion, location: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Returns the CDR in this partner's form. `location`: the published one, for a version that embeds it."""
    return cdr_rendering.cdr(
        row.body,
        version=version,
        location=location,
        negates_all=connection.negates_all,
        names_end=connection.wants_end_date_time,
    )


def find_sessions_without_cdr(connection: RoamingConnection) -> Any:
    """Returns billed sessions without a CDR that were settled after the partner first registered."""
    existing_cdrs = RoamingObject.objects.filter(session=OuterRef("pk"), kind=objects.Kind.CDR)
    final = Rating.objects.filter(session=OuterRef("pk"), kind=Rating.Kind.FINAL)
    settled = loading.rows().filter(
        state=Session.State.SETTLED, settled_at__gte=connection.cdrs_from, token__msp__in=objects.providers(connection)
    )
    return settled.filter(~Exists(existing_cdrs), Exists(final)).exclude(host__ocpi_party_id="")


def outdated_cdrs(connection: RoamingConnection) -> Any:
    """Returns uncredited CDRs whose rating was replaced after they were made."""
    newer = Rating.objects.filter(session=OuterRef("session"), kind=Rating.Kind.FINAL, pk__gt=OuterRef("rating"))
    credited = RoamingObject.objects.annotate(credited=KeyTextTransform("credit_reference_id", "body"))
    credits_made = credited.filter(kind=objects.Kind.CDR, session=OuterRef("session"), credited=OuterRef("key"))
    rows = RoamingObject.objects.filter(kind=objects.Kind.CDR, msp__in=objects.providers(connection)).annotate(
        rating=Cast(KeyTextTransform("_rating", "body"), BigIntegerField())
    )
    return rows.filter(Exists(newer), ~Exists(credits_made)).exclude(body__has_key="credit")


def make(session_id: Any, *, now: datetime, key: str = "") -> bool:
    """Makes the session's CDR. False while its location cannot be described."""
    session = loading.rows().get(pk=session_id)
    rating = session.ratings.get(kind=Rating.Kind.FINAL)
    facts = facts_of(session, rating, key=key or str(session.pk), now=now)
    if facts is None:
        return False
    body = stored_form.cdr(facts) | {"_rating": rating.pk}
    found_difference = check.difference(body, time_zone=session.property.time_zone)
    if found_difference is not None and not found_difference.is_none:
        body["remark"] = UNSAID
    return objects.publish(_item(session, key=facts.id, body=body), now=now)


def replace_cdr(object_pk: int, *, now: datetime) -> bool:
    """Credits a CDR whose price was replaced, and makes a new one, in one transaction."""
    with transaction.atomic():
        row = RoamingObject.objects.select_for_update().get(pk=object_pk)
        # Locked, because a second worker would credit it twice.
        session = loading.rows().get(pk=row.session_id)
        body = stored_form.credit(row.body)
        is_new = objects.publish(_item(session, key=body["id"], body=body), now=now)
        return make(session.pk, now=now, key=str(ids.generate(now=now))) if is_new else False


def facts_of(session: Session, rating: Rating, *, key: str, now: datetime) -> CdrFacts | None:
    """Returns the facts; None if the location, the outlet or the driver's token is no longer known."""
    location = _location(session, now=now)
    if location is None or session.token is None or session.evse_number is None:
        return None
    evse_uid = ocpi_ids.evse_uid(session.charger.lasting_id(), session.evse_number)
    if not any(evse["uid"] == evse_uid for evse in location["evses"]):
        return None
    tariff_id = sessions.tariff_of(session)
    used = usage.of_rating(rating.inputs, tariff_id=tariff_id)
    method, reference = loading.authorization_of(session)
    return CdrFacts(
        id=key,
        session_id=str(session.pk),
        party=connections.party_of(session.host),
        started_at=used.start,
        ended_at=used.end,
        token=loading.token_of(session.token),
        auth_method=method,
        authorization_reference=reference,
        location=location,
        evse_uid=evse_uid,
        connector_id=loading.connector_of(session),
        currency=rating.currency,
        tariffs=_tariffs(session, tariff_id),
        periods=used.periods,
        cost=loading.cost_of(rating),
        parts=dict(_parts(rating)),
        energy_wh=rating.energy_wh,
        idle_s=used.idle_s,
    )


def _location(session: Session, *, now: datetime) -> Mapping[str, Any] | None:
    key = ocpi_ids.location_id(session.property.slug)
    rows = RoamingObject.objects.filter(kind=objects.Kind.LOCATION, host=session.host, key=key)
    row = rows.first()
    if row is None:
        locations.publish_property(session.property_id, now=now)
        row = rows.first()
    return row.body if row else None


def _tariffs(session: Session, tariff_id: str) -> list[dict[str, Any]]:
    """Returns the tariffs as of the session's start, by its own version of the rate, even if another is in
    force now.
    """
    row = RoamingObject.objects.filter(kind=objects.Kind.TARIFF, host=session.host, key=tariff_id).first()
    if row is None or not tariff_id:
        return []
    return [tariff_of_session(session, row)]


def tariff_of_session(session: Session, row: RoamingObject) -> dict[str, Any]:
    """Returns the tariff under its published id, with the prices of the session's own version."""
    assert session.rate_version is not None
    definition = property_tax.of_session(session)
    rate = tariff.parse_rate(definition, currency=session.rate_version.rate.currency)
    body = rendering.build_tariff(rate, tariff_id=row.key, party=connections.party_of(session.host))
    return body | {"last_updated": row.body["last_updated"]}


def _parts(rating: Rating) -> Iterator[tuple[str, Part]]:
    """Yields the price by kind of line; lines are with or without tax, as the rate states its prices."""
    report, digits = rating.report, loading.digits_of(rating.currency)
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for line in report["lines"]:
        name = _COSTS.get(line["kind"])
        if name is None:
            continue
        amount, tax = Decimal(line["amount"]).scaleb(-digits), Decimal(str(line["tax_pct"]))
        is_gross = report["tax_mode"] == "inclusive"
        net = amount * 100 / (100 + tax) if is_gross else amount
        gross = amount if is_gross else amount * (100 + tax) / 100
        before = sums.get(name, (Decimal(0), Decimal(0)))
        sums[name] = (before[0] + net, before[1] + gross)
    for name, (net, gross) in sums.items():
        yield name, Part(net=net, gross=gross)


def _item(session: Session, *, key: str, body: dict[str, Any]) -> PublishedObject:
    assert session.token is not None
    return PublishedObject(
        kind=objects.Kind.CDR,
        host=session.host,
        key=key,
        source=str(session.pk),
        body=body,
        msp=session.token.msp,
        session_id=session.pk,
    )
